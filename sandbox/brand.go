package sandbox

// brand is what differs between Feishu and Lark.
type brand struct {
	name             string // name in registrations
	console, applink string
	files            string // where pictures are
}

func (f *Feishu) brand() brand {
	if f.cfg.Lark {
		return brand{name: "lark", console: "https://open.larksuite.com", applink: "https://applink.larksuite.com", files: "https://s1-imfile.larksuitecdn.com"}
	}
	return brand{name: "feishu", console: "https://open.feishu.cn", applink: "https://applink.feishu.cn", files: "https://s1-imfile.feishucdn.com"}
}

// SetElsewhere moves our app to the other of Feishu and Lark, or back. Then it is unknown here, and a websocket is
// refused with 1000040351.
func (f *Feishu) SetElsewhere(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.onOtherPlatform = on
}
