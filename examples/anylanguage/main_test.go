package main

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	for name, c := range map[string]struct {
		header, payload string
		status          int
		body            string
	}{
		"a visitor is greeted":                     {"", `{"name": "Zoë"}`, 200, `{"greeting":"Hello, Zoë!"}`},
		"an error has a text":                      {"", `{}`, 500, `"Whom shall I greet? Send {\"name\": ...}"`},
		"a payload that is no JSON is refused":     {"", `{`, 400, `"The payload is no JSON: unexpected EOF"`},
		"a health check needs no body, and is 200": {"true", "", 200, `"OK"`},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest("POST", "/", strings.NewReader(c.payload))
			request.Header.Set("X-Health-Check", c.header)
			request.Header.Set("Ce-Id", "00Dxx0000006IYJEA2-4Yk 1")
			response := httptest.NewRecorder()

			serve(response, request)

			if body := strings.TrimSpace(response.Body.String()); response.Code != c.status || body != c.body {
				t.Errorf("%d %s instead of %d %s", response.Code, body, c.status, c.body)
			}
			info := extraInfo(t, response)
			if info.RequestID != "00Dxx0000006IYJEA2-4Yk 1" || info.StatusCode != c.status {
				t.Errorf("X-Extra-Info says %+v", info)
			}
			if info.IsFunctionError != (c.status == 500) {
				t.Errorf("isFunctionError is %t for %d", info.IsFunctionError, c.status)
			}
		})
	}
}

type extra struct {
	RequestID       string
	StatusCode      int
	IsFunctionError bool
}

// What Apex makes of the header: first urlDecode, then JSON.
func extraInfo(t *testing.T, response *httptest.ResponseRecorder) (info extra) {
	text, err := url.QueryUnescape(response.Header().Get("X-Extra-Info"))
	if err == nil {
		err = json.Unmarshal([]byte(text), &info)
	}
	if err != nil {
		t.Error(err)
	}
	return info
}
