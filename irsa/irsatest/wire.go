package irsatest

import (
	"encoding/xml"
	"net/http"
	"time"
)

// An apiError is an error as STS answers it.
type apiError struct {
	status        int
	code, message string
}

// known are statuses and texts by code: those that STS was seen to answer, and
// for codes that nobody has quoted, what its API model says of them.
var known = map[string]apiError{
	"AccessDenied":            {http.StatusForbidden, "", "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
	"IDPCommunicationError":   {http.StatusBadRequest, "", "The identity provider (IdP) could not be reached because of network conditions."},
	"IDPRejectedClaim":        {http.StatusForbidden, "", "The identity provider (IdP) reported that authentication failed."},
	"InvalidIdentityToken":    {http.StatusBadRequest, "", notVerifiable},
	"ExpiredTokenException":   {http.StatusBadRequest, "", "Token expired: current date/time 1731098245 must be before the expiration date/time 1731095240"},
	"RegionDisabledException": {http.StatusForbidden, "", "STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console."},
	"Throttling":              {http.StatusBadRequest, "", "Rate exceeded"},
	"InternalFailure":         {http.StatusInternalServerError, "", "The request processing has failed because of an unknown error, exception or failure."},
	"ServiceUnavailable":      {http.StatusServiceUnavailable, "", "The request has failed due to a temporary failure of the server."},
	"MalformedPolicyDocument": {http.StatusBadRequest, "", "This policy contains invalid Json"},
	"PackedPolicyTooLarge":    {http.StatusBadRequest, "", "Packed policy consumes 114% of allotted space, please use smaller policy."},
}

type errorResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string `xml:",omitempty"`
}

type assumedRoleUserXML struct {
	ID  string `xml:"AssumedRoleId"`
	ARN string `xml:"Arn"`
}

type webIdentityResponse struct {
	XMLName          xml.Name           `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleWithWebIdentityResponse"`
	Audience         string             `xml:"AssumeRoleWithWebIdentityResult>Audience"`
	AssumedRoleUser  assumedRoleUserXML `xml:"AssumeRoleWithWebIdentityResult>AssumedRoleUser"`
	Provider         string             `xml:"AssumeRoleWithWebIdentityResult>Provider"`
	Credentials      *credentialsXML    `xml:"AssumeRoleWithWebIdentityResult>Credentials"`
	Subject          string             `xml:"AssumeRoleWithWebIdentityResult>SubjectFromWebIdentityToken"`
	PackedPolicySize int                `xml:"AssumeRoleWithWebIdentityResult>PackedPolicySize,omitempty"`
	RequestID        string             `xml:"ResponseMetadata>RequestId"`
}

type assumeRoleResponse struct {
	XMLName          xml.Name           `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
	AssumedRoleUser  assumedRoleUserXML `xml:"AssumeRoleResult>AssumedRoleUser"`
	Credentials      *credentialsXML    `xml:"AssumeRoleResult>Credentials"`
	SourceIdentity   string             `xml:"AssumeRoleResult>SourceIdentity,omitempty"`
	PackedPolicySize int                `xml:"AssumeRoleResult>PackedPolicySize,omitempty"`
	RequestID        string             `xml:"ResponseMetadata>RequestId"`
}

type callerIdentityResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

// An answer is what is sent, before a fault spoils it.
type answer struct {
	status    int
	body      []byte
	requestID string
	code      string // of an error; empty for a success
}

func errorAnswer(e *apiError) answer {
	kind := "Sender"
	if e.status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	id := newUUID()
	a := xmlAnswer(id, errorResponse{Type: kind, Code: e.code, Message: e.message, RequestID: id})
	a.status, a.code = e.status, e.code
	return a
}

func xmlAnswer(id string, document any) answer {
	body, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		panic("irsatest: write an answer: " + err.Error())
	}
	return answer{status: http.StatusOK, body: append(body, '\n'), requestID: id}
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
