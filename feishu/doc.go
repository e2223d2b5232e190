// Package feishu is the Lark edge: it opens what the platform sends, calls the platform's API, and knows its error
// codes. Nothing else in the project speaks to the platform or imports its SDK.
package feishu
