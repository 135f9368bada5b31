// Reads contexts as a Go function would: one JSON document a line, what it understood a line.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

type userContext struct {
	OrgID             string `json:"orgId"`
	UserID            string `json:"userId"`
	Username          string `json:"username"`
	OnBehalfOfUserID  string `json:"onBehalfOfUserId"`
	SalesforceBaseURL string `json:"salesforceBaseUrl"`
	OrgDomainURL      string `json:"orgDomainUrl"`
	Namespace         string `json:"namespace"`
}

type context struct {
	APIVersion  string      `json:"apiVersion"`
	UserContext userContext `json:"userContext"`
	RequestID   string      `json:"requestId"`
	AccessToken string      `json:"accessToken"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var read context
		if err := json.Unmarshal(lines.Bytes(), &read); err != nil {
			panic(err)
		}
		if err := out.Encode(read); err != nil {
			panic(err)
		}
	}
}
