// client ADDRESS [TTL] blackholes an address and follows what becomes of it.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"
)

type object = map[string]any

func call(method string, params object) (*json.Decoder, object, error) {
	request, _ := json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	path := os.Getenv("RTBH_SOCKET")
	if path == "" {
		path = "/run/rtbh/control.sock"
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintln(conn, string(request))
	answer, lines := object{}, json.NewDecoder(conn)
	err = lines.Decode(&answer)
	if refused, ok := answer["error"].(object); ok {
		fmt.Fprintln(os.Stderr, refused["message"])
		os.Exit(1)
	}
	result, _ := answer["result"].(object)
	return lines, result, err
}

func blackhole(prefix, ttl string) error {
	// the second connection first: no event is missed while the first waits
	events, _, err := call("events.subscribe", object{})
	if err != nil {
		return err
	}
	_, done, err := call("victim.add", object{"prefix": prefix, "ttl": ttl,
		"reason": "example", "wait": "delivered"})
	if err == nil {
		fmt.Println(prefix, done["outcome"], done["waited"])
	}
	for event := (object{}); err == nil; err = events.Decode(&event) {
		if params, ok := event["params"].(object); ok {
			fmt.Println(params["type"], params["prefix"], params["neighbor"])
		}
	}
	return err
}

func main() {
	for ; ; time.Sleep(time.Second) {
		err := blackhole(os.Args[1], append(os.Args, "10m")[2])
		fmt.Fprintln(os.Stderr, err, "again in a second")
	}
}
