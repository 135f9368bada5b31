// A function without a runtime: whatever answers HTTP like this can be called by Apex.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop, end := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: http.HandlerFunc(serve)}
	go func() { log.Println(server.ListenAndServe()); end() }() // the port is taken, or it is stopped
	<-stop.Done()
	server.Shutdown(context.Background()) // answers the calls that run
}

func serve(w http.ResponseWriter, r *http.Request) {
	var payload struct{ Name string }
	if r.Header.Get("X-Health-Check") == "true" {
		answer(w, r, http.StatusOK, "OK")
	} else if err := json.NewDecoder(r.Body).Decode(&payload); err != nil {
		answer(w, r, http.StatusBadRequest, "The payload is no JSON: "+err.Error())
	} else if payload.Name == "" {
		answer(w, r, http.StatusInternalServerError, "Whom shall I greet? Send {\"name\": ...}")
	} else {
		answer(w, r, http.StatusOK, map[string]string{"greeting": "Hello, " + payload.Name + "!"})
	}
}

func answer(w http.ResponseWriter, r *http.Request, status int, body any) {
	info, _ := json.Marshal(map[string]any{"requestId": r.Header.Get("Ce-Id"), "statusCode": status,
		"isFunctionError": status == http.StatusInternalServerError})
	w.Header().Set("X-Extra-Info", url.PathEscape(string(info)))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
