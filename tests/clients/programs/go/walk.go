// Takes a Go client through its steps, as tests/clients/README.md describes them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const pattern = "0123456789 grüße ✓ 😀 "

type socket interface {
	subprotocol() string
	send(text string) error
	receive() (string, error) // a closed as error when the server closes
	close() (int, error)      // closes with 1000, returns the code that came back
}

type closed struct {
	code   int
	reason string
}

func (c closed) Error() string { return fmt.Sprintf("closed with %d %s", c.code, c.reason) }

type frame = map[string]any

type walker struct {
	open      func(url string, offered []string) (socket, error)
	token, id string
	socket    socket
	skipped   []string
}

func (w *walker) send(message frame) error {
	text, _ := json.Marshal(message)
	return w.socket.send(string(text))
}

func (w *walker) next() (frame, error) {
	text, err := w.socket.receive()
	if err != nil {
		return nil, err
	}
	var got frame
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return nil, err
	}
	if got["type"] == "error" {
		return nil, fmt.Errorf("%v: %v", got["code"], got["message"])
	}
	return got, nil
}

func (w *walker) until(kind string, matches func(frame) bool) (frame, error) {
	for {
		got, err := w.next()
		if err != nil || got["type"] == kind && matches(got) {
			return got, err
		}
		w.skipped = append(w.skipped, fmt.Sprint(got["type"]))
	}
}

func every(frame) bool { return true }

func (w *walker) step(name, value string) (frame, error) {
	switch name {
	case "connect":
		parts := strings.Split(value, " ")
		w.skipped = []string{}
		opened, err := w.open(parts[0], parts[1:])
		if err != nil {
			return nil, err
		}
		w.socket = opened
		return frame{"subprotocol": opened.subprotocol()}, nil
	case "connection":
		got, err := w.until("connection", every)
		if err == nil {
			w.id = got["clientId"].(string)
		}
		return frame{"frame": got, "skipped": w.skipped}, err
	case "authenticate":
		message := frame{"type": "authenticate", "token": w.token}
		if value != "" {
			message["presence"] = value
		}
		if err := w.send(message); err != nil {
			return nil, err
		}
		got, err := w.until("authentication", every)
		return frame{"frame": got}, err
	case "admitted", "user_list":
		kind := map[string]string{"admitted": "authentication", "user_list": "user_list"}[name]
		got, err := w.until(kind, every)
		return frame{"frame": got}, err
	case "message":
		content := frame{"from": w.id, "text": pattern, "values": []any{1, 2.5, nil, true}}
		if err := w.send(frame{"type": "message", "content": content}); err != nil {
			return nil, err
		}
		got, err := w.until("message", func(got frame) bool {
			inside, ok := got["content"].(frame)
			return ok && inside["from"] == w.id
		})
		return frame{"frame": got, "skipped": w.skipped}, err
	case "direct":
		return w.direct()
	case "large":
		return w.large(value)
	case "close":
		code, err := w.socket.close()
		return frame{"code": code}, err
	case "wait":
		for {
			if _, err := w.socket.receive(); err != nil {
				if end, ok := err.(closed); ok {
					return frame{"code": end.code, "reason": end.reason}, nil
				}
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("no such step: %s", name)
}

func (w *walker) direct() (frame, error) {
	message := frame{"type": "direct", "to": w.id, "content": "to " + w.id, "messageId": 7}
	if err := w.send(message); err != nil {
		return nil, err
	}
	found := frame{}
	for found["direct"] == nil || found["frame"] == nil {
		got, err := w.next()
		if err != nil {
			return nil, err
		}
		switch got["type"] {
		case "direct":
			found["direct"] = got
		case "message_delivered":
			found["frame"] = got
		}
	}
	return found, nil
}

func (w *walker) large(value string) (frame, error) {
	size, _ := strconv.Atoi(value)
	marker := w.id + " "
	content := marker + strings.Repeat(pattern, (size-len(marker))/len(pattern))
	if err := w.socket.send(`{"type":"message","content":"` + content + `"}`); err != nil {
		return nil, err
	}
	for {
		raw, err := w.socket.receive()
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(raw, `{"type":"message"`) && strings.Contains(raw, marker) {
			return frame{"bytes": len(content), "same": strings.Contains(raw, `"content":"`+content+`"`)}, nil
		}
	}
}

func walk(open func(url string, offered []string) (socket, error)) {
	w := &walker{open: open, token: os.Args[1]}
	broken := false
	for _, step := range os.Args[2:] {
		name, value, _ := strings.Cut(step, "=")
		if broken && name != "connect" {
			continue
		}
		seen, err := w.step(name, value)
		broken = err != nil
		if broken {
			seen = frame{"error": err.Error()}
		}
		text, _ := json.Marshal(seen)
		fmt.Printf("{\"step\": %q, %s\n", name, string(text)[1:])
	}
}
