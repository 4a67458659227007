package s3read_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A plan for three processes, of which each lists its own range.
func ExampleBucket_Split() {
	s3 := new(s3readtest.Server)
	for i := range 9000 {
		s3.PutKeys("logs", fmt.Sprintf("2026/%02d/%04d.log", i/750+1, i%750))
	}
	ctx := context.Background()
	bucket := s3read.NewBucket(s3.S3Client(), "logs")
	ranges, err := bucket.Split(ctx, "2026/", 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range ranges {
		plan, err := json.Marshal(r)
		if err != nil {
			log.Fatal(err)
		}
		keys := 0
		for _, err := range bucket.List(ctx, "2026/", func(o *s3read.ListOptions) {
			o.StartAfter, o.EndAt = r.After, r.EndAt
		}) {
			if err != nil {
				log.Fatal(err)
			}
			keys++
		}
		fmt.Println(keys, string(plan))
	}
	// Output:
	// 3012 {"endAt":"2026/05/0011.log"}
	// 3012 {"after":"2026/05/0011.log","endAt":"2026/09/0023.log"}
	// 2976 {"after":"2026/09/0023.log"}
}
