// The function of the conformance tests, on the standard library alone: the contract without a runtime.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type payload struct {
	Action  string
	Value   json.RawMessage
	Message string
	Seconds float64
}

func main() {
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: http.HandlerFunc(serve)}
	stopped := make(chan struct{})
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
		<-signals
		server.Shutdown(context.Background()) // takes no more, and waits for what runs
		close(stopped)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-stopped
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Health-Check") == "true" {
		answer(w, r, 200, "OK", 0, nil)
		return
	}
	began := time.Now()
	var asked payload
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		answer(w, r, 400, "Payload is no JSON: "+err.Error(), 0, err)
		return
	}
	result, err := function(asked, r)
	took := time.Since(began).Milliseconds()
	if err != nil {
		answer(w, r, 500, err.Error(), took, err)
		return
	}
	answer(w, r, 200, result, took, nil)
}

func function(asked payload, r *http.Request) (any, error) {
	switch asked.Action {
	case "echo":
		return asked.Value, nil
	case "throw":
		return nil, fmt.Errorf("%s", asked.Message)
	case "sleep":
		time.Sleep(time.Duration(asked.Seconds * float64(time.Second)))
		return asked.Value, nil
	case "context":
		return caller(r)
	}
	return nil, fmt.Errorf("no such action")
}

func caller(r *http.Request) (any, error) {
	var org struct {
		UserContext struct{ OrgID, Username string }
	}
	var call struct{ AccessToken string }
	if err := decode(r.Header.Get("Ce-Sfcontext"), &org); err != nil {
		return nil, err
	}
	if err := decode(r.Header.Get("Ce-Sffncontext"), &call); err != nil {
		return nil, err
	}
	return map[string]string{
		"id": r.Header.Get("Ce-Id"), "orgId": org.UserContext.OrgID,
		"username": org.UserContext.Username, "accessToken": call.AccessToken,
	}, nil
}

func decode(header string, into any) error {
	text, err := base64.StdEncoding.DecodeString(header)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func answer(w http.ResponseWriter, r *http.Request, status int, body any, took int64, failed error) {
	info := map[string]any{
		"requestId": r.Header.Get("Ce-Id"), "source": r.Header.Get("Ce-Source"),
		"statusCode": status, "execTimeMs": took,
	}
	if failed != nil {
		info["isFunctionError"], info["stack"] = status == 500, ""
	}
	told, _ := json.Marshal(info)
	w.Header().Set("X-Extra-Info", url.PathEscape(string(told)))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
