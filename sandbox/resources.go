package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// resource is a file that was uploaded, or that a person sent.
type resource struct {
	owner      string // app id or open_id
	kind, name string // image, avatar, or the file_type of a file
	media      string // media type
	data       []byte
}

// download is a response with a file.
type download struct {
	kind, name string
	data       []byte
}

const (
	maxImage = 10 << 20
	maxFile  = 30 << 20
	// maxStored limits the bytes of all files; the oldest are dropped.
	maxStored = 512 << 20
)

// form decodes the fields and the file of an upload.
func (c *call) form(fileField string) (fields map[string]string, data []byte, err error) {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, nil, refuse(codeResourceParam, "")
	}
	fields = map[string]string{}
	for parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, data, nil
		}
		if err != nil {
			return nil, nil, refuse(codeResourceParam, "")
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, refuse(codeResourceParam, "")
		}
		if part.FormName() == fileField {
			data, fields[fileField] = text, part.FileName()
			continue
		}
		fields[part.FormName()] = string(text)
	}
}

// uploadImage is POST /im/v1/images.
func (f *Feishu) uploadImage(c *call) (any, error) {
	fields, data, err := c.form("image")
	if err != nil {
		return nil, err
	}
	kind := map[string]string{"message": "image", "avatar": "avatar"}[fields["image_type"]]
	_, sent := fields["image"]
	if kind == "" || !sent {
		return nil, refuse(codeResourceParam, "")
	}
	media := imageType(data)
	if media == "" && len(data) > 0 {
		return nil, refuse(codeNotImage, "")
	}
	key, err := f.storeFile(c, resource{kind: kind, media: media, data: data}, "img_v3_", maxImage)
	return map[string]string{"image_key": key}, err
}

// imageType is the media type of an accepted image, or "".
func imageType(data []byte) string {
	for _, known := range []struct{ magic, media string }{
		{"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"}, {"\x00\x00\x01\x00", "image/x-icon"},
	} {
		if strings.HasPrefix(string(data), known.magic) {
			return known.media
		}
	}
	if len(data) > 12 && string(data[4:8]) == "ftyp" && slices.Contains([]string{"heic", "heix", "mif1"}, string(data[8:12])) {
		return "image/heic"
	}
	media := http.DetectContentType(data)
	if slices.Contains([]string{"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"}, media) {
		return media
	}
	return ""
}

// uploadFile is POST /im/v1/files.
func (f *Feishu) uploadFile(c *call) (any, error) {
	fields, data, err := c.form("file")
	if err != nil {
		return nil, err
	}
	kinds := []string{"opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"}
	_, sent := fields["file"]
	if !slices.Contains(kinds, fields["file_type"]) || fields["file_name"] == "" || !sent {
		return nil, refuse(codeResourceParam, "")
	}
	media := map[string]string{"opus": "audio/ogg", "mp4": "video/mp4", "pdf": "application/pdf"}[fields["file_type"]]
	key, err := f.storeFile(c, resource{
		kind: fields["file_type"], name: fields["file_name"], media: orElse(media, "application/octet-stream"), data: data,
	}, "file_v3_", maxFile)
	return map[string]string{"file_key": key}, err
}

// storeFile stores an upload, and drops the oldest ones if needed.
func (f *Feishu) storeFile(c *call, r resource, prefix string, maxSize int) (string, error) {
	switch {
	case c.app.disabled:
		return "", refuse(codeResourceNoBot, "")
	case len(r.data) == 0:
		return "", refuse(codeResourceEmpty, "")
	case len(r.data) > maxSize:
		return "", refuse(codeResourceLarge, "")
	}
	r.owner = c.senderID()
	key := prefix + f.ids.hex(32)
	f.files[key] = &r
	f.fileOrder, f.fileBytes = append(f.fileOrder, key), f.fileBytes+len(r.data)
	for f.fileBytes > maxStored {
		f.fileBytes -= len(f.files[f.fileOrder[0]].data)
		delete(f.files, f.fileOrder[0])
		f.fileOrder = f.fileOrder[1:]
	}
	return key, nil
}

// getImage is GET /im/v1/images/:image_key, for own images for messages.
func (f *Feishu) getImage(c *call) (any, error) {
	return f.ownFile(c, func(r *resource) bool { return r.kind == "image" })
}

// getFile is GET /im/v1/files/:file_key, for own files.
func (f *Feishu) getFile(c *call) (any, error) {
	return f.ownFile(c, func(r *resource) bool { return r.kind != "image" && r.kind != "avatar" })
}

func (f *Feishu) ownFile(c *call, fits func(*resource) bool) (any, error) {
	r := f.files[c.path("key")]
	switch {
	case c.app.disabled:
		return nil, refuse(codeResourceNoBot, "")
	case r == nil || !fits(r):
		return nil, refuse(codeResourceParam, "")
	case r.owner != c.app.ID:
		return nil, refuse(codeNotUploader, "")
	}
	return download{r.media, r.name, r.data}, nil
}

// getResource is GET /im/v1/messages/:message_id/resources/:file_key, for all messages except cards.
func (f *Feishu) getResource(c *call) (any, error) {
	if err := c.oneOf("type", "image", "file"); err != nil {
		return nil, err
	}
	m, err := f.fileMessage(c)
	if err != nil {
		return nil, err
	}
	key := c.path("key")
	r := f.files[key]
	if r == nil || !slices.Contains(keysIn([]byte(m.Content)), key) || (r.kind == "image") != (c.query("type") == "image") {
		return nil, refuse(codeNotInMessage, "")
	}
	return download{r.media, r.name, r.data}, nil
}

// fileMessage is the message of the path, if its files can be read.
func (f *Feishu) fileMessage(c *call) (*Message, error) {
	m, ok := f.world.messages[c.path("message_id")]
	switch {
	case !ok:
		return nil, refuse(codeResourceParam, "")
	case c.app.disabled:
		return nil, refuse(codeResourceNoBot, "")
	case !f.world.chats[m.Chat].hasMember(c.senderID()):
		return nil, refuse(codeResourceOutside, "")
	case m.Deleted:
		return nil, refuse(codeDeleted, "")
	case m.Hidden:
		return nil, refuse(codeResourceInvisible, "")
	case m.Type == "interactive" || m.Type == "merge_forward" || m.Type == "sticker":
		return nil, refuse(codeResourceType, "")
	}
	return m, nil
}

// keysIn are the keys of the files in a content of any type.
func keysIn(content []byte) []string {
	var v any
	if json.Unmarshal(content, &v) != nil {
		return nil
	}
	var keys []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if key, ok := inner.(string); ok && (name == "image_key" || name == "file_key" || name == "img_key") {
					keys = append(keys, key)
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(v)
	return keys
}

// addFiles creates the files of a message that was not sent by the API: a small image, or a line of text.
func (f *Feishu) addFiles(owner, kind, content string) {
	pixel, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		panic(err) // a literal
	}
	for _, key := range keysIn([]byte(content)) {
		switch {
		case f.files[key] != nil:
		case strings.HasPrefix(key, "img"):
			f.files[key] = &resource{owner: owner, kind: "image", media: "image/png", data: pixel}
		default:
			fits := map[string]string{"audio": "opus", "media": "mp4", "sticker": "sticker"}[kind]
			f.files[key] = &resource{
				owner: owner, kind: orElse(fits, "stream"), name: key, media: "application/octet-stream", data: []byte(key + "\n"),
			}
		}
	}
}

// checkFile refuses a key that the caller can't send in a message of a type.
func (f *Feishu) checkFile(a actor, message, key string, kinds ...string) error {
	name := "file_key"
	if message == "image" {
		name = "image_key"
	}
	r := f.files[key]
	switch {
	case key == "":
		return badFormat(message)
	case r == nil:
		return refuse(codeParam, "invalid "+name)
	case r.owner != a.senderID() && r.owner != a.app.ID:
		return refuse(codeNotOwnResource, "")
	case !slices.Contains(kinds, r.kind):
		return refuse(codeFileType, "")
	}
	return nil
}

// checkMedia refuses a video or cover that the caller can't send.
func (f *Feishu) checkMedia(a actor, message, file, cover string) error {
	if err := f.checkFile(a, message, file, "mp4"); err != nil || cover == "" {
		return err
	}
	return f.checkFile(a, "image", cover, "image")
}

// checkSticker refuses a sticker that is in no message of the caller's chats.
func (f *Feishu) checkSticker(a actor, key string) error {
	if key == "" {
		return badFormat("sticker")
	}
	for _, m := range f.world.messages {
		if m.Type == "sticker" && f.world.chats[m.Chat].hasMember(a.senderID()) && slices.Contains(keysIn([]byte(m.Content)), key) {
			return nil
		}
	}
	return refuse(codeParam, "invalid file_key")
}
