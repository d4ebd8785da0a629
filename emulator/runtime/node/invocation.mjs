// One event: the handler runs, and its result or its error is handed in.
//
// Up to Node.js 22 a handler may also answer by a callback, or by the older methods of the context;
// an answer by callback then waits until the event loop is empty.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { logError } from "./console.mjs";
import { buildContext } from "./context.mjs";
import { RuntimeError } from "./errors.mjs";
import { postError, postResponse } from "./runtime_api.mjs";
import { MAJOR } from "./version.mjs";

/** Run the handler with an event; resolves once it has been answered, never rejects. */
export async function handle(handler, { text, headers }) {
  const context = buildContext(headers);
  const id = context.awsRequestId;
  try {
    const result = await settled(handler, JSON.parse(text), context);
    // Promises that were rejected beside the answer come first and fail the event, as on AWS.
    await new Promise(setImmediate);
    await postResponse(id, toJson(result));
  } catch (error) {
    logError("Invoke Error", error);
    await postError(id, error);
  }
}

/** What the handler answers, in whichever way it does. */
function settled(handler, event, context) {
  return new Promise((resolve, reject) => {
    // Nothing is left that could answer: an async function failed, another has answered `null`.
    whenEmpty(() => (isAsync(handler) ? reject(neverSettled()) : resolve(null)));
    const legacy = MAJOR < 24 ? [withCallbacks(context, resolve, reject)] : [];
    const result = handler(event, context, ...legacy);
    // Not `resolve(result)`, after which the promise could not be rejected any more.
    if (typeof result?.then === "function") result.then(resolve, reject);
    else if (MAJOR >= 24) resolve(result);
  }).finally(() => whenEmpty(undefined));
}

/** Add to the context what it had before Node.js 24; returns the handler's third argument. */
function withCallbacks(context, resolve, reject) {
  const done = (error, result) => (error == null ? resolve(result) : reject(error));
  Object.assign(context, {
    callbackWaitsForEmptyEventLoop: true,
    done,
    succeed: resolve,
    fail: (error) => reject(error ?? "handled"),
  });
  return (error, result) => {
    if (error == null && context.callbackWaitsForEmptyEventLoop) whenEmpty(() => resolve(result));
    else done(error, result);
  };
}

let onEmpty;
// From within the event itself no promise would go on.
process.on("beforeExit", () => onEmpty && setImmediate(onEmpty));

/** What to do when the event loop has run out of work; it takes the place of what was to do. */
function whenEmpty(action) {
  onEmpty = action;
}

function isAsync(handler) {
  return MAJOR >= 24 || handler.constructor?.name === "AsyncFunction";
}

function neverSettled() {
  const message = "Nothing is left to run, and the handler's promise was never settled.";
  return new RuntimeError("NodeJsExit", message);
}

function toJson(result) {
  try {
    return JSON.stringify(result) ?? "null";
  } catch {
    if (MAJOR < 24) throw new Error("Unable to stringify response body");
    throw new RuntimeError("JSONStringifyError", "Unable to stringify response body");
  }
}
