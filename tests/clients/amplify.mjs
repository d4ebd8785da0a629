// What people do with Amplify v6; the same in Node and, bundled, in a browser.
import { Amplify } from "aws-amplify";
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  getCurrentUser,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  verifyTOTPSetup,
} from "aws-amplify/auth";

export function configure({ url, poolId, clientId }) {
  const Cognito = { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: `${url}/` };
  Amplify.configure({ Auth: { Cognito } });
}

/** Sign in and out, once for each of `people`; how many came in. */
export async function signIns({ people }) {
  let count = 0;
  for (const { username, password } of people) {
    const { nextStep } = await signIn({ username, password });
    if (nextStep.signInStep === "DONE") count += 1;
    await signOut();
  }
  return count;
}

/** A whole life of an account; what each step came to, in order. */
export async function life({ username, password, other, invited, temporary }, { code, totp }) {
  const seen = [];
  const note = (step, outcome) => seen.push([step, outcome]);
  const email = `${username}@lab.example`;

  const options = { userAttributes: { email } };
  note("sign up", (await signUp({ username, password, options })).nextStep.signUpStep);
  note("unconfirmed", (await signIn({ username, password })).nextStep.signInStep);
  const confirmation = { username, confirmationCode: await code(email) };
  note("confirm", (await confirmSignUp(confirmation)).nextStep.signUpStep);
  note("wrong password", await failure(signIn({ username, password: `${password}x` })));
  note("sign in", (await signIn({ username, password })).nextStep.signInStep);
  note("current user", (await getCurrentUser()).username === username);

  const before = (await fetchAuthSession()).tokens;
  const after = (await fetchAuthSession({ forceRefresh: true })).tokens;
  const same = (claim) => before.accessToken.payload[claim] === after.accessToken.payload[claim];
  note("refresh", same("origin_jti") && !same("jti"));
  await updatePassword({ oldPassword: password, newPassword: other });
  note("update password", true);

  const { sharedSecret } = await setUpTOTP();
  await verifyTOTPSetup({ code: await totp(sharedSecret, 0) });
  await updateMFAPreference({ totp: "PREFERRED" });
  await signOut();
  const challenged = await signIn({ username, password: other });
  note("second factor", challenged.nextStep.signInStep);
  const factor = { challengeResponse: await totp(sharedSecret, 1) };
  note("code", (await confirmSignIn(factor)).nextStep.signInStep);
  await updateMFAPreference({ totp: "DISABLED" });

  await signOut({ global: true });
  note("signed out", await failure(getCurrentUser()));
  note("revoked", await revoked(after.accessToken.toString()));
  note("reset", (await resetPassword({ username })).nextStep.resetPasswordStep);
  const reset = { username, confirmationCode: await code(email), newPassword: password };
  await confirmResetPassword(reset);
  note("with the new password", (await signIn({ username, password })).nextStep.signInStep);
  await signOut();

  const first = await signIn({ username: invited, password: temporary });
  note("invited", first.nextStep.signInStep);
  note("picked", (await confirmSignIn({ challengeResponse: other })).nextStep.signInStep);
  await signOut();
  return seen;
}

async function failure(promise) {
  try {
    await promise;
    return "no failure";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

async function revoked(token) {
  const answer = await fetch(Amplify.getConfig().Auth.Cognito.userPoolEndpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityProviderService.GetUser",
    },
    body: JSON.stringify({ AccessToken: token }),
  });
  return (await answer.json()).message;
}
