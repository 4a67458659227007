package exchange

import "time"

// minioAnswer returns what MinIO answers where STS answers want: it has one code for all that is
// wrong with a request, returns neither the audience nor the session's name, and lets a session end
// with its token where no duration is asked for.
func minioAnswer(want Answer) Answer {
	if want.Status != 200 {
		return Answer{Status: 400, Code: "InvalidParameterValue"}
	}
	want.Audience, want.Session = "", ""
	if want.Life == time.Hour {
		want.Life = tokenLife
	}
	return want
}

// minio returns an exception for MinIO alone. An answer that grants the request is given as STS
// would have it.
func minio(why string, want Answer) map[string]Exception {
	if want.Status == 200 {
		want = minioAnswer(want)
	}
	return map[string]Exception{MinIO: {Why: why, Want: want}}
}
