package sandbox_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"recallbot/sandbox"
)

// received is an event that a webhook received.
type received struct {
	header http.Header
	raw    []byte
	Schema string `json:"schema"`
	Header struct {
		EventID    string `json:"event_id"`
		EventType  string `json:"event_type"`
		CreateTime string `json:"create_time"`
		Token      string `json:"token"`
		AppID      string `json:"app_id"`
		TenantKey  string `json:"tenant_key"`
	} `json:"header"`
	Event map[string]any `json:"event"`
}

// webhook records events and responds as configured.
type webhook struct {
	url     string
	mu      sync.Mutex
	got     []received
	respond func(n int, e received) (status int, body string) // n from 1
}

// listen starts a webhook and sets it as the request URL.
func listen(t *testing.T, s *site) *webhook {
	t.Helper()
	h := &webhook{respond: func(int, received) (int, string) { return http.StatusOK, `{}` }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		e := received{header: r.Header, raw: raw}
		plain, err := decrypt(raw, s.Config().EncryptKey)
		if err == nil {
			err = json.Unmarshal(plain, &e)
		}
		if err != nil {
			t.Errorf("event: %v", err)
		}
		h.mu.Lock()
		h.got = append(h.got, e)
		n, say := len(h.got), h.respond
		h.mu.Unlock()
		status, body := say(n, e)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(s.Close) // before the webhook ends
	h.url = srv.URL
	s.SetEventURL(srv.URL)
	return h
}

// events returns the received events of a type, in order.
func (h *webhook) events(kind string) []received {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []received
	for _, e := range h.got {
		if e.Header.EventType == kind {
			out = append(out, e)
		}
	}
	return out
}

func (h *webhook) answer(say func(n int, e received) (int, string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.respond = say
}

// decrypt is an independent implementation of the platform's decryption.
func decrypt(raw []byte, key string) ([]byte, error) {
	if key == "" {
		return raw, nil
	}
	var in struct {
		Encrypt string `json:"encrypt"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(in.Encrypt)
	if err != nil {
		return nil, err
	}
	if len(b) < 32 || len(b)%16 != 0 {
		return nil, errors.New("bad length")
	}
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	iv, b := b[:16], b[16:]
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad < 1 || pad > 16 || strings.TrimRight(string(b[len(b)-pad:]), string(b[len(b)-1:])) != "" {
		return nil, errors.New("bad padding")
	}
	return b[:len(b)-pad], nil
}

// waitDeliveries waits for n attempts and until every event had its first one.
func (s *site) waitDeliveries(n int) []sandbox.Delivery {
	s.t.Helper()
	s.waitState("deliveries", func(st sandbox.State) bool { return len(st.Deliveries()) >= n && st.Idle() })
	return s.Deliveries()
}
