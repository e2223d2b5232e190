package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
	"google.golang.org/protobuf/encoding/protowire"

	"recallbot/sandbox"
)

// wsClient is a minimal client of the websocket's frames.
type wsClient struct {
	t    *testing.T
	conn *websocket.Conn
}

func (s *site) endpoint(secret string) (code int, url string) {
	s.t.Helper()
	r := s.send("", "POST", "/callback/ws/endpoint", map[string]string{"AppID": s.Config().AppID, "AppSecret": secret})
	if r.status != http.StatusOK || r.Data == nil {
		s.t.Fatalf("endpoint: %d %v", r.status, r.raw)
	}
	url, _ = r.field("URL").(string)
	return r.Code, url
}

func (s *site) dial() *wsClient {
	s.t.Helper()
	_, url := s.endpoint(s.Config().AppSecret)
	conn, err := websocket.Dial(url, "", s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	conn.PayloadType = websocket.BinaryFrame
	s.t.Cleanup(func() { _ = conn.Close() })
	return &wsClient{s.t, conn}
}

func (l *wsClient) send(method uint64, headers map[string]string, payload string) {
	l.t.Helper()
	var b []byte
	for num, v := range map[protowire.Number]uint64{1: 0, 2: 0, 3: 1, 4: method} {
		b = protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
	}
	for k, v := range headers {
		inner := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), k)
		inner = protowire.AppendString(protowire.AppendTag(inner, 2, protowire.BytesType), v)
		b = protowire.AppendBytes(protowire.AppendTag(b, 5, protowire.BytesType), inner)
	}
	b = protowire.AppendString(protowire.AppendTag(b, 8, protowire.BytesType), payload)
	if err := websocket.Message.Send(l.conn, b); err != nil {
		l.t.Fatal(err)
	}
}

// receive returns headers and payload of the next frame.
func (l *wsClient) receive() (headers map[string]string, payload []byte) {
	l.t.Helper()
	var b []byte
	if err := l.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		l.t.Fatal(err)
	}
	if err := websocket.Message.Receive(l.conn, &b); err != nil {
		l.t.Fatal(err)
	}
	headers = map[string]string{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		b = b[n:]
		if typ != protowire.BytesType {
			b = b[protowire.ConsumeFieldValue(num, typ, b):]
			continue
		}
		v, n := protowire.ConsumeBytes(b)
		b = b[n:]
		switch num {
		case 5:
			_, _, n := protowire.ConsumeTag(v)
			key, m := protowire.ConsumeString(v[n:])
			v = v[n+m:]
			_, _, n = protowire.ConsumeTag(v)
			headers[key], _ = protowire.ConsumeString(v[n:])
		case 8:
			payload = v
		default: // other fields are ignored
		}
	}
	return headers, payload
}

func (l *wsClient) ping() {
	l.t.Helper()
	l.send(0, map[string]string{"type": "ping"}, "")
	headers, payload := l.receive()
	var cfg map[string]int
	if err := json.Unmarshal(payload, &cfg); err != nil || headers["type"] != "pong" || len(cfg) != 4 {
		l.t.Fatalf("pong = %v %s", headers, payload)
	}
}

func TestWebsocketPush(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{EncryptKey: "k", RetryAfter: []time.Duration{time.Millisecond}})
	l := s.dial()
	l.ping()
	id := s.say(sandbox.SaySpec{Text: "hi"})
	headers, payload := l.receive()
	if headers["type"] != "event" || headers["sum"] != "1" || headers["seq"] != "0" || headers["trace_id"] == "" ||
		!strings.Contains(string(payload), id) {
		t.Fatalf("frame = %v %s", headers, payload)
	}
	l.send(1, headers, `{"code":500,"headers":null,"data":null}`) // refused: sent again
	again, _ := l.receive()
	l.send(1, again, `{"code":200,"headers":null,"data":null}`)
	got := s.waitDeliveries(2)
	if got[0].Status != 500 || got[1].Status != 200 || got[0].EventID != got[1].EventID || got[1].Via != "websocket" {
		t.Errorf("deliveries = %+v", got)
	}
}

func TestWebsocketCallback(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	l := s.dial()
	l.ping()
	id := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
	pressed := make(chan sandbox.PressResult, 1)
	go func() {
		res, err := s.Press(t.Context(), s.owner.OpenID, id, "x")
		if err != nil {
			t.Errorf("press: %v", err)
		}
		pressed <- res
	}()
	headers, _ := l.receive()
	l.send(1, headers, `{"code":200,"data":"eyJ0b2FzdCI6eyJjb250ZW50IjoiaGkifX0="}`) // {"toast":{"content":"hi"}}
	if res := <-pressed; res.Code != 0 || res.Toast.Content != "hi" {
		t.Errorf("result = %+v", res)
	}
}

func TestWebsocketRefusals(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Limits: sandbox.Limits{PerSecond: -1}})
	if code, _ := s.endpoint("wrong"); code != 514 {
		t.Errorf("wrong secret: %d", code)
	}
	_, url := s.endpoint(s.Config().AppSecret)
	forged, _, _ := strings.Cut(url, "&ticket=")
	if conn, err := websocket.Dial(forged+"&ticket=x", "", s.url); err == nil {
		_ = conn.Close()
		t.Error("a forged ticket was taken")
	}
	for range 50 {
		s.dial().ping()
	}
	if code, _ := s.endpoint(s.Config().AppSecret); code != 1000040350 {
		t.Errorf("the 51st: %d", code)
	}
	s.DropSockets()
	s.waitState("dropped", func(st sandbox.State) bool { return st.Sockets() == 0 })
}

func TestEachEventGoesToOneConnection(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Seed: "spread"})
	silent := s.dial() // never pings: receives nothing
	got := make(chan int, 30)
	for i := range 3 {
		l := s.dial()
		l.ping()
		go func() {
			for {
				var raw []byte
				if websocket.Message.Receive(l.conn, &raw) != nil {
					return
				}
				got <- i
				if websocket.Message.Send(l.conn, ackOf(raw)) != nil {
					return
				}
			}
		}()
	}
	for range 30 {
		s.say(sandbox.SaySpec{Text: "x"})
	}
	s.waitDeliveries(30)
	seen := map[int]int{}
	for range 30 {
		seen[<-got]++
	}
	if len(seen) != 3 || len(s.Deliveries()) != 30 {
		t.Errorf("spread = %v, %d deliveries", seen, len(s.Deliveries()))
	}
	s.must(silent.conn.SetReadDeadline(time.Now()))
	if n, err := silent.conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes before the first ping", n)
	}
}

// ackOf is the frame with an ack as its payload.
func ackOf(frame []byte) []byte {
	var out []byte
	for b := frame; len(b) > 0; {
		num, typ, n := protowire.ConsumeTag(b)
		size := n + protowire.ConsumeFieldValue(num, typ, b[n:])
		if num != 8 {
			out = append(out, b[:size]...)
		}
		b = b[size:]
	}
	return protowire.AppendString(protowire.AppendTag(out, 8, protowire.BytesType), `{"code":200}`)
}
