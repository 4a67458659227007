package embedded

import (
	"fmt"
	"time"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// fill puts some buckets into S3, one of them in another region.
func (c *Cloud) fill() {
	created := time.Date(2025, time.March, 14, 9, 26, 53, 0, time.UTC)
	c.s3.CreateBucket(s3readtest.Bucket{Name: "invoices", Region: region, Created: created})
	c.s3.CreateBucket(s3readtest.Bucket{Name: "invoices-archive", Region: "us-east-1", Created: created.AddDate(0, -6, 0)})
	for month := range 12 {
		for n := range 100 {
			key := fmt.Sprintf("2025/%02d/invoice-%04d.txt", month+1, n)
			c.s3.Put("invoices", key, "Invoice "+key+"\n")
			c.s3.Put("invoices-archive", "2024/"+key[5:], "Invoice of the year before\n")
		}
	}
	// Large enough for a download to have parts and progress.
	const size = 256 << 20
	c.s3.PutObject("invoices", s3readtest.Object{Key: "export/all.bin", Content: s3readtest.Synthetic(1), Size: size})
}
