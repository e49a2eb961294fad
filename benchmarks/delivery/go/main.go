// html/template and smtppool, the core of listmonk: both parts of each message are made from their
// templates, encoded by the library and sent over its pool.
//
//	send EDITION PORT CONNECTIONS MESSAGES
//
// EDITION is JSON: from, subject, text, html (with {{.Greeting}}, {{.LeaveURL}} and {{comment N}}),
// comments, headers. The parts go as base64, which smtppool does for attachments only and which
// costs it less than the quoted-printable that it uses for bodies: so the bytes are those of all.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	plain "text/template"
	"time"

	"github.com/knadh/smtppool/v2"
)

type edition struct {
	From     string            `json:"from"`
	Subject  string            `json:"subject"`
	Text     string            `json:"text"`
	HTML     string            `json:"html"`
	Comments []string          `json:"comments"`
	Headers  map[string]string `json:"headers"`
}

type reader struct {
	Greeting string
	LeaveURL string
}

func stop(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(text string) int {
	found, err := strconv.Atoi(text)
	stop(err)
	return found
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	stop(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func peakMegabytes() float64 {
	status, err := os.ReadFile("/proc/self/status")
	stop(err)
	found := regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	return float64(number(string(found[1]))) / 1024
}

type sender struct {
	edition edition
	text    *plain.Template
	html    *template.Template
	pool    *smtppool.Pool
}

func newSender(path string, port, connections int) *sender {
	var found edition
	raw, err := os.ReadFile(path)
	stop(err)
	stop(json.Unmarshal(raw, &found))
	comment := func(n int) template.HTML { return template.HTML(found.Comments[n]) }
	html, err := template.New("html").Funcs(template.FuncMap{"comment": comment}).Parse(found.HTML)
	stop(err)
	text, err := plain.New("text").Parse(found.Text)
	stop(err)
	pool, err := smtppool.New(smtppool.Opt{
		Host: "127.0.0.1", Port: port, MaxConns: connections, PoolWaitTimeout: time.Minute,
	})
	stop(err)
	return &sender{edition: found, text: text, html: html, pool: pool}
}

func part(kind string, content []byte) smtppool.Attachment {
	header := textproto.MIMEHeader{}
	header.Set("Content-Type", "text/"+kind+`; charset="utf-8"`)
	header.Set("Content-Transfer-Encoding", "base64")
	return smtppool.Attachment{Header: header, Content: content}
}

func (s *sender) send(n int) error {
	name := fmt.Sprintf("Reader %07d", n)
	to := reader{
		Greeting: "Hello " + name + ",",
		LeaveURL: fmt.Sprintf("https://news.example.org/l/AQEjj6LxFwWSzAAAAAHUy2t%07dKlC", n),
	}
	var text, html bytes.Buffer
	if err := s.text.Execute(&text, to); err != nil {
		return err
	}
	if err := s.html.Execute(&html, to); err != nil {
		return err
	}
	headers := textproto.MIMEHeader{}
	for key, value := range s.edition.Headers {
		headers.Set(key, value)
	}
	headers.Set("List-Unsubscribe", "<"+to.LeaveURL+">")
	return s.pool.Send(smtppool.Email{
		From:        s.edition.From,
		To:          []string{fmt.Sprintf("%s <reader.%07d@mail.example>", name, n)},
		Subject:     s.edition.Subject,
		Headers:     headers,
		Attachments: []smtppool.Attachment{part("plain", text.Bytes()), part("html", html.Bytes())},
	})
}

func main() {
	if len(os.Args) != 5 {
		stop(fmt.Errorf("send EDITION PORT CONNECTIONS MESSAGES"))
	}
	port, connections, messages := number(os.Args[2]), number(os.Args[3]), number(os.Args[4])
	s := newSender(os.Args[1], port, connections)
	var next atomic.Int64
	var workers sync.WaitGroup
	before, startedAt := cpuSeconds(), time.Now()
	for range connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := next.Add(1); n <= int64(messages); n = next.Add(1) {
				stop(s.send(int(n)))
			}
		}()
	}
	workers.Wait()
	seconds, cpu := time.Since(startedAt).Seconds(), cpuSeconds()-before
	stop(json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"messages": float64(messages), "seconds": seconds, "cpu": cpu, "peak": peakMegabytes(),
	}))
}
