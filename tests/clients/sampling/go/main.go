// Decides about requests with the official X-Ray SDK for Go, by its HTTP handler; see test_sampling.py.
//
// `sampling PREFIX SECONDS` prints a line of JSON for each second.
package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-xray-sdk-go/xray"
)

const (
	eachTick = 2
	seldom   = 5
)

type line struct {
	At      int64             `json:"at"`
	Counted map[string][2]int `json:"counted"`
}

func handler(service string, sampled *bool) http.Handler {
	return xray.Handler(xray.NewFixedSegmentNamer(service), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		*sampled = xray.GetSegment(r.Context()).Sampled
	}))
}

func main() {
	prefix := os.Args[1]
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	if err != nil {
		panic(err)
	}
	var sampled bool
	names := []string{"api", "rate", "gone", "none", "all"}
	handlers := map[string]http.Handler{}
	for _, name := range names {
		handlers[name] = handler(prefix+"-"+name, &sampled)
	}
	counted := map[string][2]int{}
	second := time.Now().Unix()
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	output := json.NewEncoder(os.Stdout)
	for ticks := 0; time.Now().Before(until); ticks++ {
		for _, name := range names {
			if (name == "none" || name == "all") && ticks%seldom != 0 {
				continue
			}
			method := http.MethodGet
			if name == "all" {
				method = http.MethodPost
			}
			for number := 0; number < eachTick; number++ {
				request := httptest.NewRequest(method, "http://shop.test/"+name+"/x", nil)
				handlers[name].ServeHTTP(httptest.NewRecorder(), request)
				if now := time.Now().Unix(); now != second {
					if err := output.Encode(line{second, counted}); err != nil {
						panic(err)
					}
					counted, second = map[string][2]int{}, now
				}
				both := counted[name]
				both[0]++
				if sampled {
					both[1]++
				}
				counted[name] = both
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}
