// Package feishu is the client of the Feishu (Lark) open platform: it verifies and decodes events, calls the API and
// knows the error codes. No other package of the bot imports the platform's SDK.
package feishu
