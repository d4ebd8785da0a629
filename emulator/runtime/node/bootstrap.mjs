// Runs a Node.js function: loads its handler, then gives it one event after the other.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html

import { realpathSync } from "node:fs";

import { logError, logsBelongTo, patchConsole } from "./console.mjs";
import { RuntimeError } from "./errors.mjs";
import { loadHandler } from "./handler.mjs";
import { handle } from "./invocation.mjs";
import { confineModules } from "./modules.mjs";
import { nextInvocation, postError, postInitError } from "./runtime_api.mjs";

/** The event that the function handles or has handled last. */
let requestId;

/** Report what nobody caught, and end: of the init phase, or of the event. */
async function end(what, error, code) {
  logError(what, error);
  try {
    await (requestId === undefined ? postInitError(error) : postError(requestId, error));
  } finally {
    process.exit(code);
  }
}

patchConsole();
process.on("uncaughtException", (error) => end("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  const error = new RuntimeError("UnhandledPromiseRejection", String(reason));
  end("Unhandled Promise Rejection", Object.assign(error, { reason }), 128);
});

const root = realpathSync(process.env.LAMBDA_TASK_ROOT);
confineModules(root);

const handler = await loadHandler(root, process.env._HANDLER).catch((error) =>
  end("Uncaught Exception", error, 129),
);

serve();

/** Not awaited: with a module that is still waiting, Node would end instead of telling that the event
 * loop is empty. */
async function serve() {
  for (;;) {
    const invocation = await nextInvocation();
    requestId = invocation.headers["lambda-runtime-aws-request-id"];
    process.env._X_AMZN_TRACE_ID = invocation.headers["lambda-runtime-trace-id"];
    logsBelongTo(requestId);
    await handle(handler, invocation);
  }
}
