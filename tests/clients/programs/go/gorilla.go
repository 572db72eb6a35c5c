// github.com/gorilla/websocket, with compression offered.
package main

import (
	"time"

	"github.com/gorilla/websocket"
)

type gorilla struct{ link *websocket.Conn }

func (g gorilla) subprotocol() string { return g.link.Subprotocol() }
func (g gorilla) send(text string) error {
	return g.link.WriteMessage(websocket.TextMessage, []byte(text))
}

func (g gorilla) receive() (string, error) {
	_, data, err := g.link.ReadMessage()
	if end, ok := err.(*websocket.CloseError); ok {
		return "", closed{end.Code, end.Text}
	}
	return string(data), err
}

func (g gorilla) close() (int, error) {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "bye")
	if err := g.link.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	for {
		if _, err := g.receive(); err != nil {
			if end, ok := err.(closed); ok {
				return end.code, nil
			}
			return 0, err
		}
	}
}

func main() {
	walk(func(url string, offered []string) (socket, error) {
		dialer := websocket.Dialer{Subprotocols: offered, EnableCompression: true}
		link, _, err := dialer.Dial(url, nil)
		return gorilla{link}, err
	})
}
