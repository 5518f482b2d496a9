// Decides about requests with the official X-Ray SDK for Go, by its HTTP handler; see test_sampling.py.
//
// `sampling SECONDS KIND,SERVICE,METHOD,HOST,PATH,EVERY...` prints a line of JSON for each second.
package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-xray-sdk-go/xray"
)

const tick = 50 * time.Millisecond

// counts are requests by kind, by whether their second is known, and by rule.
type counts map[string]map[string]map[string]int

func (c counts) add(kind, surely, rule string) {
	if c[kind] == nil {
		c[kind] = map[string]map[string]int{}
	}
	if c[kind][surely] == nil {
		c[kind][surely] = map[string]int{}
	}
	c[kind][surely][rule]++
}

type line struct {
	At      int64  `json:"at"`
	Counted counts `json:"counted"`
}

// request is what is asked again and again.
type request struct {
	kind, service, method, url string
	every                      int
	handler                    http.Handler
}

func number(word string) float64 {
	value, err := strconv.ParseFloat(word, 64)
	if err != nil {
		panic(err)
	}
	return value
}

func tell(second int64, counted counts) {
	if err := json.NewEncoder(os.Stdout).Encode(line{second, counted}); err != nil {
		panic(err)
	}
}

// ruleOf returns the rule that a segment says it was sampled by, "?" when it says none, and "no" when it was not.
func ruleOf(segment *xray.Segment) string {
	if !segment.Sampled {
		return "no"
	}
	if said, ok := segment.GetAWS()["xray"].(xray.SDK); ok && said.RuleName != "" {
		return said.RuleName
	}
	return "?"
}

func main() {
	var rule string
	look := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		rule = ruleOf(xray.GetSegment(r.Context()))
	})
	var requests []request
	for _, word := range os.Args[2:] {
		parts := strings.Split(word, ",")
		requests = append(requests, request{
			kind: parts[0], service: parts[1], method: parts[2], url: "http://" + parts[3] + parts[4],
			every:   int(number(parts[5])),
			handler: xray.Handler(xray.NewFixedSegmentNamer(parts[1]), look),
		})
	}
	counted := counts{}
	second := time.Now().Unix()
	until := time.Now().Add(time.Duration(number(os.Args[1]) * float64(time.Second)))
	for ticks := 0; time.Now().Before(until); ticks++ {
		for _, one := range requests {
			if ticks%one.every != 0 {
				continue
			}
			before := time.Now().Unix()
			one.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(one.method, one.url, nil))
			now := time.Now().Unix()
			if now != second {
				tell(second, counted)
				counted, second = counts{}, now
			}
			// Where the second changed meanwhile, nobody but the SDK knows to which one it belongs.
			surely := "within"
			if before != now {
				surely = "between"
			}
			counted.add(one.kind, surely, rule)
		}
		time.Sleep(tick)
	}
	tell(second, counted)
}
