package irsatest

func (c *call) callerIdentity() (answer, *apiError) {
	session, err := c.signer()
	if err != nil {
		return answer{}, err
	}
	id := newUUID()
	return xmlAnswer(id, callerIdentityResponse{
		ARN: session.arn, UserID: session.userID, Account: session.account, RequestID: id,
	}), nil
}
