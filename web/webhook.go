package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

const (
	// maxBody is far above any event; the platform's largest message is 150 KB.
	maxBody = 1 << 20
	// usualBody is above most events; for so much, memory is kept ready.
	usualBody = 16 << 10
	// keepers is how many events may be on their way to Redis at once; with Redis away, the rest is turned down
	// without waiting.
	keepers = 512
	// keepTimeout leaves the platform's 3 s with room for the network.
	keepTimeout = 1200 * time.Millisecond
)

// errBusy turns down an event, or a call, when too many are waiting for Redis already.
var errBusy = bot.Errorf(bot.Unavailable, "too many are waiting for Redis")

// event is POST /webhook/event. It answers 200 only when the event is safe.
func (s *Server) event(c *gin.Context) {
	began := time.Now()
	kind, result := s.take(c)
	if s.parts.Observe != nil {
		s.parts.Observe(kind, result, time.Since(began))
	}
}

func (s *Server) take(c *gin.Context) (kind, result string) {
	buffer, _ := s.bodies.Get().(*[usualBody]byte)
	defer s.bodies.Put(buffer)
	body, err := readBody(c, buffer)
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return "", s.refuse(c, http.StatusRequestEntityTooLarge, "larger than 1 MiB", err)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return "", s.refuse(c, http.StatusRequestTimeout, "the body did not come in time", err)
		}
		return "", s.refuse(c, http.StatusBadRequest, "unreadable", err)
	}
	envelope, err := s.parts.Opener.Open(c.Request.Header, body)
	switch {
	case err != nil && bot.KindOf(err) == bot.Denied:
		return "", s.refuse(c, http.StatusUnauthorized, "not accepted", err)
	case err != nil && bot.KindOf(err) == bot.Unavailable:
		return "", s.refuse(c, http.StatusServiceUnavailable, "can't be kept now; send it again", err)
	case err != nil:
		return "", s.refuse(c, http.StatusBadRequest, "unreadable", err)
	case envelope.Challenge != "":
		c.JSON(http.StatusOK, gin.H{"challenge": envelope.Challenge})
		return "url_verification", "answered"
	}
	kept, err := s.keep(c.Request.Context(), envelope.Event)
	s.unkept.Report(c.Request.Context(), "", err)
	if err != nil {
		return envelope.Event.Type, s.refuse(c, http.StatusServiceUnavailable, "can't be kept now; send it again", err)
	}
	c.Data(http.StatusOK, gin.MIMEJSON, s.answer(envelope.Event))
	return envelope.Event.Type, string(kept)
}

func (s *Server) answer(e bot.Event) []byte {
	if s.parts.Answer == nil {
		return []byte("{}")
	}
	return s.parts.Answer(e)
}

// readBody reads a body; one that is announced to find room in the buffer stands there.
func readBody(c *gin.Context, buffer *[usualBody]byte) ([]byte, error) {
	if length := c.Request.ContentLength; length >= 0 && length <= usualBody {
		body := buffer[:length]
		_, err := io.ReadFull(c.Request.Body, body)
		return body, err
	}
	return io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
}

func (s *Server) keep(ctx context.Context, e bot.Event) (bot.Kept, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		return "", errBusy
	}
	return s.parts.Keeper.Keep(s.waits.bound(ctx), e)
}

// refuse answers with a status; what it says to a stranger never tells why.
func (s *Server) refuse(c *gin.Context, status int, says string, cause error) string {
	if status != http.StatusServiceUnavailable && s.complaints.Allow() { // that has been reported
		s.parts.Logger.WarnContext(c.Request.Context(), "event not taken",
			"status", status, "remote", c.Request.RemoteAddr, "error", cause)
	}
	c.JSON(status, problem(says))
	return http.StatusText(status)
}

func problem(says string) gin.H { return gin.H{"error": says} }
