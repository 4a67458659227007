package s3readtest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// failure is an error answer of S3.
type failure struct {
	status        int
	code, message string
	fields        [][2]string // further elements of the body, in order
	header        http.Header
}

// known holds the status and text of the codes that S3 answers with.
var known = map[string]failure{
	"AccessDenied":                       {status: 403, message: "Access Denied"},
	"AccessControlListNotSupported":      {status: 400, message: "The bucket does not allow ACLs"},
	"BucketAlreadyOwnedByYou":            {status: 409, message: "Your previous request to create the named bucket succeeded and you already own it."},
	"BucketNotEmpty":                     {status: 409, message: "The bucket you tried to delete is not empty"},
	"EntityTooLarge":                     {status: 400, message: "Your proposed upload exceeds the maximum allowed size"},
	"EntityTooSmall":                     {status: 400, message: "Your proposed upload is smaller than the minimum allowed size"},
	"InvalidBucketName":                  {status: 400, message: "The specified bucket is not valid."},
	"InvalidChunkSizeError":              {status: 403, message: "Only the last chunk is allowed to have a size less than 8192 bytes"},
	"InvalidDigest":                      {status: 400, message: "The Content-MD5 you specified was invalid."},
	"InvalidPart":                        {status: 400, message: "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	"InvalidPartOrder":                   {status: 400, message: "The list of parts was not in ascending order. Parts must be ordered by part number."},
	"InvalidStorageClass":                {status: 400, message: "The storage class you specified is not valid"},
	"InvalidTag":                         {status: 400, message: "The tag provided was not a valid tag."},
	"KeyTooLongError":                    {status: 400, message: "Your key is too long"},
	"MalformedTrailerError":              {status: 400, message: "The request contained trailing data that was not well-formed or did not conform to our published schema."},
	"MalformedXML":                       {status: 400, message: "The XML you provided was not well-formed or did not validate against our published schema"},
	"MetadataTooLarge":                   {status: 400, message: "Your metadata headers exceed the maximum allowed metadata size"},
	"MissingContentLength":               {status: 411, message: "You must provide the Content-Length HTTP header."},
	"NoSuchUpload":                       {status: 404, message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
	"AuthorizationHeaderMalformed":       {status: 400, message: "The authorization header that you provided is not valid."},
	"BadDigest":                          {status: 400, message: "The Content-MD5 you specified did not match what we received."},
	"ExpiredToken":                       {status: 400, message: "The provided token has expired."},
	"IllegalLocationConstraintException": {status: 400, message: "The location constraint is incompatible for the region specific endpoint this request was sent to."},
	"InvalidLocationConstraint":          {status: 400, message: "The specified location-constraint is not valid"},
	"IncompleteBody":                     {status: 400, message: "You did not provide the number of bytes specified by the Content-Length HTTP header."},
	"InternalError":                      {status: 500, message: "We encountered an internal error. Please try again."},
	"InvalidAccessKeyId":                 {status: 403, message: "The AWS Access Key Id you provided does not exist in our records."},
	"InvalidArgument":                    {status: 400, message: "Invalid Argument"},
	"InvalidEncryptionAlgorithmError":    {status: 400, message: "The encryption request that you specified is not valid. The valid value is AES256."},
	"InvalidObjectState":                 {status: 403, message: "The operation is not valid for the object's storage class"},
	"InvalidPartNumber":                  {status: 416, message: "The requested partnumber is not satisfiable"},
	"InvalidRange":                       {status: 416, message: "The requested range is not satisfiable"},
	"InvalidRequest":                     {status: 400, message: "Invalid Request"},
	"InvalidToken":                       {status: 400, message: "The provided token is malformed or otherwise invalid."},
	"InvalidURI":                         {status: 400, message: "Couldn't parse the specified URI."},
	"MethodNotAllowed":                   {status: 405, message: "The specified method is not allowed against this resource."},
	"NoSuchBucket":                       {status: 404, message: "The specified bucket does not exist"},
	"NoSuchKey":                          {status: 404, message: "The specified key does not exist."},
	"NoSuchVersion":                      {status: 404, message: "The specified version does not exist."},
	"NotImplemented":                     {status: 501, message: "A header you provided implies functionality that is not implemented"},
	"PermanentRedirect":                  {status: 301, message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."},
	"PreconditionFailed":                 {status: 412, message: "At least one of the pre-conditions you specified did not hold"},
	"RequestTimeTooSkewed":               {status: 403, message: "The difference between the request time and the current time is too large."},
	"RequestTimeout":                     {status: 400, message: "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."},
	"ServiceUnavailable":                 {status: 503, message: "Please reduce your request rate."},
	"SignatureDoesNotMatch":              {status: 403, message: "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	"XAmzContentSHA256Mismatch":          {status: 400, message: "The provided 'x-amz-content-sha256' header does not match what was computed."},
	"SlowDown":                           {status: 503, message: "Please reduce your request rate."},
}

// fail is the answer with a code and S3's own text; fields are names and values of further
// elements.
func fail(code string, fields ...string) *failure {
	f, ok := known[code]
	if !ok {
		f = failure{status: http.StatusBadRequest, message: code}
	}
	f.code, f.header = code, http.Header{}
	for i := 0; i+1 < len(fields); i += 2 {
		f.fields = append(f.fields, [2]string{fields[i], fields[i+1]})
	}
	return &f
}

// injected is the error that a fault answers.
func injected(e *fault.Error) *failure {
	f := fail(e.Code)
	if e.Message != "" {
		f.message = e.Message
	}
	return f
}

func (f *failure) withMessage(format string, args ...any) *failure {
	f.message = fmt.Sprintf(format, args...)
	return f
}

func (f *failure) withHeader(name, value string) *failure {
	f.header.Set(name, value)
	return f
}

func (f *failure) answer() *answer {
	b := []byte(xmlDeclaration + "<Error>")
	b = appendElement(b, "Code", f.code)
	b = appendElement(b, "Message", f.message)
	for _, field := range f.fields {
		b = appendElement(b, field[0], field[1])
	}
	requestID, hostID := newRequestID(), newHostID()
	b = appendElement(b, "RequestId", requestID)
	b = appendElement(b, "HostId", hostID)
	b = append(b, "</Error>"...)
	a := newXML(f.status, b)
	for name, values := range f.header {
		a.Header[name] = values
	}
	a.Header.Set("x-amz-request-id", requestID)
	a.Header.Set("x-amz-id-2", hostID)
	return a
}

// refused is S3's answer to a request that Authorize refuses with err: the code and text of a
// smithy.APIError that S3 has, else AccessDenied.
func refused(err error) *failure {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fail("AccessDenied")
	}
	if _, ok := known[api.ErrorCode()]; !ok {
		return fail("AccessDenied")
	}
	f := fail(api.ErrorCode())
	if api.ErrorMessage() != "" {
		f.message = api.ErrorMessage()
	}
	return f
}
