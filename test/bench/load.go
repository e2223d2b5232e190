package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// benchChats is the number of chats of the events, except where more are compared.
const benchChats = 1000

// makeRequests returns n HTTP requests of the platform: events of group messages of about 1.2 kB with unique ids, in so many chats, encrypted
// and signed.
func makeRequests(host string, n, chats int) ([][]byte, error) {
	return makeRequestsBy(host, n, chats, person)
}

// makeRequestsBy is makeRequests with messages of given senders.
func makeRequestsBy(host string, n, chats int, by sender) ([][]byte, error) {
	key := sha256.Sum256([]byte(benchKey))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	requests := make([][]byte, n)
	now := time.Now()
	for i := range requests {
		requests[i] = makeRequest(host, block, event(i, chats, now, by), now)
	}
	return requests, nil
}

func makeRequest(host string, block cipher.Block, plain []byte, now time.Time) []byte {
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	sealed := make([]byte, aes.BlockSize+len(plain))
	_, _ = rand.Read(sealed[:aes.BlockSize])
	seal := cipher.NewCBCEncrypter(block, sealed[:aes.BlockSize]) //nolint:gosec // filled with random bytes above
	seal.CryptBlocks(sealed[aes.BlockSize:], plain)
	body := `{"encrypt":"` + base64.StdEncoding.EncodeToString(sealed) + `"}`
	stamp := strconv.FormatInt(now.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + "nonce" + benchKey + body))
	return fmt.Appendf(nil, "POST /webhook/event HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json; charset=utf-8\r\n"+
		"X-Lark-Request-Timestamp: %s\r\nX-Lark-Request-Nonce: nonce\r\nX-Lark-Signature: %s\r\nContent-Length: %d\r\n\r\n%s",
		host, stamp, hex.EncodeToString(sum[:]), len(body), body)
}

// sender returns the sender_type of the i-th message of a chat. Each message has another sender.
type sender func(i int) string

// person is a person for each message, inTen a bot for one in ten, inTurn a bot for each second one.
func person(int) string { return "user" }

func inTen(i int) string { return everyNth(i, 10) } //nolint:mnd // as its name says

func inTurn(i int) string { return everyNth(i, 2) } //nolint:mnd // as its name says

func everyNth(i, n int) string {
	if i%n == 0 {
		return "bot"
	}
	return "user"
}

func event(i, chats int, now time.Time, by sender) []byte {
	id := sha256.Sum256(fmt.Appendf(nil, "%d %d", now.UnixNano(), i))
	const talk = "今天的发布会改到下午三点,请大家把各自负责的部分再检查一遍,特别是价格表和截图。The launch moves to 3 pm. "
	return fmt.Appendf(nil, `{"schema":"2.0","header":{"event_id":"%x","event_type":"im.message.receive_v1","create_time":"%d","token":"%s","app_id":"%s","tenant_key":"2ca1d211f64f6438"},`+
		`"event":{"sender":{"sender_id":{"union_id":"on_%x","user_id":"e33ggbyz","open_id":"ou_%x"},"sender_type":"%s","tenant_key":"2ca1d211f64f6438"},`+
		`"message":{"message_id":"om_%x","create_time":"%d","update_time":"%d","chat_id":"oc_%032x","chat_type":"group","message_type":"text","content":"{\"text\":\"%s\"}","user_agent":"Mozilla/5.0 (Macintosh) Lark/7.28"}}}`,
		id[:16], now.UnixMilli(), benchToken, benchApp, id[16:], id[16:], by(i/chats), id[:16], now.UnixMilli()+int64(i), now.UnixMilli(), i%chats,
		talk+talk+talk)
}

// loadResult is the result of one round.
type loadResult struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the server, per event
}

// loadServer sends requests for a time over several connections. Each connection waits for the answer before its next request.
func loadServer(ctx context.Context, c *child, requests [][]byte, next *atomic.Int64, connections int, length time.Duration) (loadResult, error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	times := make([][]time.Duration, connections)
	faults := make([]error, connections)
	before, began := c.cpu(), time.Now()
	var group sync.WaitGroup
	for i := range connections {
		group.Go(func() { times[i], faults[i] = loadConnection(ctx, c.addr, requests, next) })
	}
	group.Wait()
	took, cpu := time.Since(began), c.cpu()-before
	if err := errors.Join(faults...); err != nil {
		return loadResult{}, err
	}
	all := slices.Concat(times...)
	if len(all) == 0 {
		return loadResult{}, errors.New("no request was answered")
	}
	slices.Sort(all)
	return loadResult{
		perSecond: float64(len(all)) / took.Seconds(),
		p50:       all[len(all)/2], p99: all[len(all)*99/100], cpu: cpu / time.Duration(len(all)),
	}, nil
}

// loadConnection sends the requests of one connection, and returns their durations.
func loadConnection(ctx context.Context, addr string, requests [][]byte, next *atomic.Int64) ([]time.Duration, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // the round is over
	answers := bufio.NewReader(conn)
	var times []time.Duration
	for ctx.Err() == nil {
		n := int(next.Add(1))
		if n >= len(requests) {
			return nil, errors.New("ran out of requests: raise their number")
		}
		began := time.Now()
		if _, err := conn.Write(requests[n]); err != nil {
			return nil, err
		}
		if err := readAnswer(answers); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

func readAnswer(r *bufio.Reader) error {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	return nil
}
