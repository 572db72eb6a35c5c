// The same wire contract on Go's net/http and gorilla/websocket, in its usual shape: each connection has a
// goroutine that reads and one that writes what a channel brings. A broadcast is encoded and framed once, as a
// PreparedMessage. It has no logins over HTTP: those would measure bcrypt.
//
// Built with Debian's packages, without modules: see peers.py.

package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	minPause = 50 * time.Millisecond
	maxPause = 200 * time.Millisecond
	small    = 200
	queued   = 256
)

type user struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

type client struct {
	id         string
	socket     *websocket.Conn
	queue      chan *websocket.PreparedMessage
	gone       chan struct{}
	user       *user
	lastActive atomic.Int64 // milliseconds
}

type request struct {
	Type      string          `json:"type"`
	Token     string          `json:"token"`
	To        string          `json:"to"`
	Content   json.RawMessage `json:"content"`
	MessageID json.RawMessage `json:"messageId"`
}

var (
	secret  = []byte(os.Getenv("JWT_SECRET"))
	lock    sync.RWMutex
	members = map[string]*client{}
	changed = make(chan struct{}, 1)
)

func now() string { return stamp(time.Now()) }

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func newID() string {
	var bytes [16]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		log.Fatal(err)
	}
	return hex.EncodeToString(bytes[:])
}

func prepared(message any) *websocket.PreparedMessage {
	text, err := json.Marshal(message)
	if err != nil {
		log.Fatal(err)
	}
	frame, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		log.Fatal(err)
	}
	return frame
}

// Nothing is dropped: who sends waits for the slow reader's queue.
func (c *client) send(frame *websocket.PreparedMessage) {
	select {
	case c.queue <- frame:
	case <-c.gone:
	}
}

func (c *client) write() {
	for {
		select {
		case frame := <-c.queue:
			if c.socket.WritePreparedMessage(frame) != nil {
				c.socket.Close()
				return
			}
		case <-c.gone:
			return
		}
	}
}

func everyone() []*client {
	lock.RLock()
	defer lock.RUnlock()
	all := make([]*client, 0, len(members))
	for _, each := range members {
		all = append(all, each)
	}
	return all
}

func sendAll(all []*client, frame *websocket.PreparedMessage) {
	for _, each := range all {
		each.send(frame)
	}
}

// Presence

type listed struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	LastActive string `json:"lastActive"`
	UserID     string `json:"userId"`
}

func presenceChanged() {
	select {
	case changed <- struct{}{}:
	default:
	}
}

func sendUserLists() {
	for range changed {
		time.Sleep(minPause)
		started := time.Now()
		all := everyone()
		users := make([]listed, 0, len(all))
		for _, each := range all {
			users = append(users, listed{each.id, each.user.Username, stamp(time.UnixMilli(each.lastActive.Load())), each.user.ID})
		}
		sendAll(all, prepared(struct {
			Type      string   `json:"type"`
			Users     []listed `json:"users"`
			Timestamp string   `json:"timestamp"`
		}{"user_list", users, now()}))
		pause := time.Since(started) * 9
		if len(all) <= small && pause > maxPause {
			pause = maxPause
		}
		if pause > minPause {
			time.Sleep(pause - minPause)
		}
	}
}

// Messages

type claims struct {
	Subject  string  `json:"sub"`
	Username string  `json:"username"`
	Issuer   string  `json:"iss"`
	Expires  float64 `json:"exp"`
}

func verified(token string) *claims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	sum := hmac.New(sha256.New, secret)
	sum.Write([]byte(parts[0] + "." + parts[1]))
	given, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(given, sum.Sum(nil)) {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var found claims
	if err != nil || json.Unmarshal(payload, &found) != nil {
		return nil
	}
	if found.Issuer != "authws-desktop" || time.Now().Unix() >= int64(found.Expires) {
		return nil
	}
	return &found
}

func (c *client) fail(code string, id json.RawMessage) {
	c.send(prepared(struct {
		Type      string          `json:"type"`
		Code      string          `json:"code"`
		Message   string          `json:"message"`
		Timestamp string          `json:"timestamp"`
		MessageID json.RawMessage `json:"messageId,omitempty"`
	}{"error", code, code, now(), id}))
}

func (c *client) authenticate(token string) {
	found := verified(token)
	if found == nil {
		c.fail("AUTH_ERROR", nil)
		return
	}
	lock.Lock()
	c.user = &user{found.Subject, found.Username}
	members[c.id] = c
	lock.Unlock()
	c.send(prepared(struct {
		Type      string `json:"type"`
		Status    string `json:"status"`
		User      *user  `json:"user"`
		Timestamp string `json:"timestamp"`
		ClientID  string `json:"clientId"`
		ExpiresAt string `json:"expiresAt"`
	}{"authentication", "authenticated", c.user, now(), c.id, stamp(time.Unix(int64(found.Expires), 0))}))
	presenceChanged()
}

type said struct {
	Type      string          `json:"type"`
	From      string          `json:"from"`
	To        string          `json:"to,omitempty"`
	Username  string          `json:"username"`
	Content   json.RawMessage `json:"content"`
	Timestamp string          `json:"timestamp"`
	ID        string          `json:"id"`
}

func (c *client) broadcast(message *request) {
	frame := said{"message", c.id, "", c.user.Username, message.Content, now(), newID()}
	sendAll(everyone(), prepared(frame))
}

func receiversOf(to string) []*client {
	lock.RLock()
	defer lock.RUnlock()
	if one, isHere := members[to]; isHere {
		return []*client{one}
	}
	var found []*client
	for _, each := range members {
		if each.user.Username == to {
			found = append(found, each)
		}
	}
	return found
}

func (c *client) direct(message *request) {
	receivers := receiversOf(message.To)
	if len(receivers) == 0 {
		c.fail("INVALID_RECIPIENT", message.MessageID)
		return
	}
	at, id := now(), newID()
	sendAll(receivers, prepared(said{"direct", c.id, message.To, c.user.Username, message.Content, at, id}))
	c.send(prepared(struct {
		Type       string          `json:"type"`
		To         string          `json:"to"`
		Timestamp  string          `json:"timestamp"`
		ID         string          `json:"id"`
		Recipients int             `json:"recipients"`
		MessageID  json.RawMessage `json:"messageId,omitempty"`
	}{"message_delivered", message.To, at, id, len(receivers), message.MessageID}))
}

func (c *client) received(text []byte) {
	c.lastActive.Store(time.Now().UnixMilli())
	var message request
	switch {
	case json.Unmarshal(text, &message) != nil:
		c.fail("INVALID_MESSAGE", nil)
	case message.Type == "authenticate":
		c.authenticate(message.Token)
	case c.user == nil:
		c.fail("UNAUTHORIZED", nil)
	case message.Type == "message":
		c.broadcast(&message)
	case message.Type == "direct":
		c.direct(&message)
	default:
		c.fail("INVALID_MESSAGE_TYPE", message.MessageID)
	}
}

var upgrader = websocket.Upgrader{}

func serve(response http.ResponseWriter, head *http.Request) {
	socket, err := upgrader.Upgrade(response, head, nil)
	if err != nil {
		return
	}
	c := &client{
		id:     newID(),
		socket: socket,
		queue:  make(chan *websocket.PreparedMessage, queued),
		gone:   make(chan struct{}),
	}
	c.lastActive.Store(time.Now().UnixMilli())
	go c.write()
	c.send(prepared(struct {
		Type          string `json:"type"`
		Status        string `json:"status"`
		ClientID      string `json:"clientId"`
		Authenticated bool   `json:"authenticated"`
		Timestamp     string `json:"timestamp"`
	}{"connection", "connected", c.id, false, now()}))
	for {
		_, text, err := socket.ReadMessage()
		if err != nil {
			break
		}
		c.received(text)
	}
	close(c.gone)
	socket.Close()
	lock.Lock()
	_, wasMember := members[c.id]
	delete(members, c.id)
	lock.Unlock()
	if wasMember {
		presenceChanged()
	}
}

func main() {
	go sendUserLists()
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(serve)))
}
