package sandbox

// oidcToken is POST /authen/v1/oidc/access_token, the older API for user tokens, with the app's token as the
// credential.
func (f *Feishu) oidcToken(c *call) (any, error) {
	var in grant
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Type != "authorization_code" {
		return nil, refuse(codeGrantType, "")
	}
	in.ClientID, in.ClientSecret = c.app.ID, c.app.AppSecret
	out, err := f.exchangeCode(in, c.start)
	return oidcAnswer(out, err)
}

// oidcRefresh is POST /authen/v1/oidc/refresh_access_token.
func (f *Feishu) oidcRefresh(c *call) (any, error) {
	var in grant
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Type != "refresh_token" {
		return nil, refuse(codeGrantType, "")
	}
	in.ClientID, in.ClientSecret = c.app.ID, c.app.AppSecret
	out, err := f.refresh(in, c.start)
	return oidcAnswer(out, err)
}

// oidcAnswer wraps tokens and errors in the older API's form.
func oidcAnswer(out any, err error) (any, error) {
	if e, ok := err.(*consentError); ok { //nolint:errorlint // it is not wrapped
		return nil, refuse(e.code, "")
	}
	tokens, ok := out.(rawBody)
	if !ok {
		return nil, err
	}
	data := map[string]any{}
	for key, name := range map[string]string{
		"access_token": "access_token", "refresh_token": "refresh_token", "token_type": "token_type", "expires_in": "expires_in",
		"refresh_token_expires_in": "refresh_expires_in", "scope": "scope",
	} {
		if v, there := tokens[key]; there {
			data[name] = v
		}
	}
	return data, nil
}

// userInfo is GET /authen/v1/user_info. Private fields need a scope.
func (f *Feishu) userInfo(c *call) (any, error) {
	u, picture := f.world.users[c.user], f.avatar(c.user)
	out := map[string]any{
		"name": u.Name, "en_name": u.Name, "avatar_url": picture, "avatar_thumb": picture, "avatar_middle": picture,
		"avatar_big": picture, "open_id": f.openIDFor(c.app, u.OpenID), "union_id": u.UnionID, "tenant_key": f.world.tenant,
	}
	for field, guarded := range map[string]struct {
		value  string
		scopes []string
	}{
		"user_id":          {u.UserID, []string{"contact:user.employee_id:readonly"}},
		"email":            {u.Email, []string{"contact:user.email:readonly"}},
		"enterprise_email": {u.Email, []string{"contact:user.employee:readonly"}},
		"mobile":           {"+8613800000000", []string{"contact:user.phone:readonly"}},
		"employee_no":      {u.UserID, []string{"contact:user.employee:readonly", "contact:contact:readonly"}},
	} {
		if c.app.has(guarded.scopes...) {
			out[field] = guarded.value
		}
	}
	return out, nil
}
