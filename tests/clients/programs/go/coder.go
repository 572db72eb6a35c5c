// nhooyr.io/websocket, which is github.com/coder/websocket today. Its limit of 32 KiB is raised.
package main

import (
	"context"
	"errors"

	"nhooyr.io/websocket"
)

type coder struct{ link *websocket.Conn }

var always = context.Background()

func (c coder) subprotocol() string { return c.link.Subprotocol() }
func (c coder) send(text string) error {
	return c.link.Write(always, websocket.MessageText, []byte(text))
}

func (c coder) receive() (string, error) {
	_, data, err := c.link.Read(always)
	var end websocket.CloseError
	if errors.As(err, &end) {
		return "", closed{int(end.Code), end.Reason}
	}
	return string(data), err
}

func (c coder) close() (int, error) {
	// It waits for the server's close frame, and reports an error unless that says the same.
	return int(websocket.StatusNormalClosure), c.link.Close(websocket.StatusNormalClosure, "bye")
}

func main() {
	walk(func(url string, offered []string) (socket, error) {
		link, _, err := websocket.Dial(always, url, &websocket.DialOptions{Subprotocols: offered})
		if err == nil {
			link.SetReadLimit(2 << 20)
		}
		return coder{link}, err
	})
}
