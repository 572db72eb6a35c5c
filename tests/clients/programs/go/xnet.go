// golang.org/x/net/websocket, the oldest of Go's.
package main

import "golang.org/x/net/websocket"

type xnet struct{ link *websocket.Conn }

func (x xnet) subprotocol() string    { return "?" } // It keeps what was offered if nothing was selected.
func (x xnet) send(text string) error { return websocket.Message.Send(x.link, text) }

func (x xnet) receive() (string, error) {
	var text string
	err := websocket.Message.Receive(x.link, &text)
	return text, err
}

func (x xnet) close() (int, error) { return 0, x.link.Close() } // It tells no code.

func main() {
	walk(func(url string, offered []string) (socket, error) {
		config, err := websocket.NewConfig(url, "http://localhost/")
		if err != nil {
			return nil, err
		}
		config.Protocol = offered
		link, err := websocket.DialConfig(config)
		return xnet{link}, err
	})
}
