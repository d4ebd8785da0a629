// What people do with amazon-cognito-identity-js.
const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } =
  require("amazon-cognito-identity-js");

let pool;

exports.configure = ({ url, poolId, clientId }) => {
  pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint: `${url}/` });
};

/** Sign in, once for each of `people`; how many came in. */
exports.signIns = async ({ people }) => {
  let count = 0;
  for (const { username, password } of people) {
    const [, outcome] = await signIn(person(username), username, password);
    if (outcome === "DONE") count += 1;
  }
  return count;
};

/** A whole life of an account; what each step came to, in order. */
exports.life = async ({ username, password, other, invited, temporary }, { code, totp }) => {
  const seen = [];
  const note = (step, outcome) => seen.push([step, outcome]);
  const email = `${username}@lab.example`;
  const ada = person(username);

  const attributes = [new CognitoUserAttribute({ Name: "email", Value: email })];
  const made = await called((done) => pool.signUp(username, password, attributes, [], done));
  note("sign up", made.userConfirmed);
  note("unconfirmed", (await signIn(ada, username, password))[1]);
  const confirmation = await code(email);
  note("confirm", await called((done) => ada.confirmRegistration(confirmation, false, done)));
  note("wrong password", (await signIn(ada, username, `${password}x`))[1]);
  const [before, outcome] = await signIn(ada, username, password);
  note("sign in", outcome);

  const after = await called((done) => ada.refreshSession(before.getRefreshToken(), done));
  const same = (claim) =>
    before.getAccessToken().payload[claim] === after.getAccessToken().payload[claim];
  note("refresh", same("origin_jti") && !same("jti"));
  note("update password", await called((done) => ada.changePassword(password, other, done)));

  const secret = await new Promise((resolve, reject) =>
    ada.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
  );
  const first = await totp(secret, 0);
  await new Promise((onSuccess, onFailure) =>
    ada.verifySoftwareToken(first, "phone", { onSuccess, onFailure }),
  );
  const on = { PreferredMfa: true, Enabled: true };
  note("preference", await called((done) => ada.setUserMfaPreference(null, on, done)));
  const [, challenged] = await signIn(ada, username, other);
  note("second factor", challenged);
  const second = await totp(secret, 1);
  note("code", await new Promise((resolve, reject) =>
    ada.sendMFACode(
      second,
      { onSuccess: () => resolve("DONE"), onFailure: reject },
      "SOFTWARE_TOKEN_MFA",
    ),
  ));
  const off = { PreferredMfa: false, Enabled: false };
  await called((done) => ada.setUserMfaPreference(null, off, done));

  note("signed out", await new Promise((onSuccess, onFailure) =>
    ada.globalSignOut({ onSuccess, onFailure }),
  ));
  await new Promise((resolve, reject) =>
    ada.forgotPassword({ inputVerificationCode: resolve, onFailure: reject }),
  );
  const resetting = await code(email);
  note("reset", await new Promise((onSuccess, onFailure) =>
    ada.confirmPassword(resetting, password, { onSuccess, onFailure }),
  ));
  note("with the new password", (await signIn(ada, username, password))[1]);

  const diego = person(invited);
  note("invited", (await signIn(diego, invited, temporary))[1]);
  note("picked", await new Promise((resolve, reject) =>
    diego.completeNewPasswordChallenge(
      other,
      {},
      { onSuccess: () => resolve("DONE"), onFailure: reject },
    ),
  ));
  return seen;
};

function person(username) {
  return new CognitoUser({ Username: username, Pool: pool });
}

function called(call) {
  return new Promise((resolve, reject) =>
    call((error, result) => (error ? reject(error) : resolve(result))),
  );
}

/** The session, if there is one, and how the attempt ended. */
function signIn(user, username, password) {
  const details = new AuthenticationDetails({ Username: username, Password: password });
  return new Promise((resolve) =>
    user.authenticateUser(details, {
      onSuccess: (session) => resolve([session, "DONE"]),
      onFailure: (error) => resolve([null, `${error.name}: ${error.message}`]),
      newPasswordRequired: () => resolve([null, "NEW_PASSWORD_REQUIRED"]),
      totpRequired: () => resolve([null, "SOFTWARE_TOKEN_MFA"]),
    }),
  );
}
