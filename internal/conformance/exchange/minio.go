package exchange

import "time"

// inMinIOsWords is what MinIO says where STS says want: it has one code for all
// that is wrong with a request, tells neither the audience nor the session's name,
// and lets a session end with its token where no duration is asked for.
func inMinIOsWords(want Answer) Answer {
	if want.Status != 200 {
		return Answer{Status: 400, Code: "InvalidParameterValue"}
	}
	want.Audience, want.Session = "", ""
	if want.Life == time.Hour {
		want.Life = tokenLife
	}
	return want
}

// minio is the exception of MinIO alone. Of an answer that grants, want is what
// STS would say.
func minio(why string, want Answer) map[string]Exception {
	if want.Status == 200 {
		want = inMinIOsWords(want)
	}
	return map[string]Exception{MinIO: {Why: why, Want: want}}
}
