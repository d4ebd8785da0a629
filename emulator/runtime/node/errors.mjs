// Errors as Lambda reports them: the documents that the Runtime API takes, and their log lines.

import { types } from "node:util";

/** The errors of the runtime itself; all but the streaming one are AWS's own. */
export class RuntimeError extends Error {
  constructor(kind, message, stack) {
    super(message);
    // Not enumerable, as an error's name is: the log shows the properties that are.
    Object.defineProperty(this, "name", { value: `Runtime.${kind}` });
    if (stack) this.stack = stack;
  }
}

/** What was thrown as `{errorType, errorMessage, trace}`; anything at all can be thrown. */
export function errorDocument(thrown) {
  try {
    if (isError(thrown)) {
      return {
        errorType: thrown.name,
        errorMessage: thrown.message,
        trace: (thrown.stack ?? "").split("\n"),
      };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    const errorMessage = "The error's name, message or stack cannot be read.";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

/** The same for the log: with the error's own properties, and after a tab, as on AWS. */
export function errorText(thrown) {
  const error = asError(thrown);
  try {
    return `\t${JSON.stringify(error, (_, value) => withProperties(value))}`;
  } catch {
    return `\t${JSON.stringify(errorDocument(error))}`;
  }
}

/** An error as it is, anything else as the message of one. */
export function asError(thrown) {
  if (isError(thrown)) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error("A value that cannot be read was thrown.");
  }
}

/** Also of another realm, such as `node:vm`. */
function isError(value) {
  return types.isNativeError(value) || value instanceof Error;
}

function withProperties(value) {
  if (!isError(value)) return value;
  const { name, message, code, stack } = value;
  const shown = { errorType: name, errorMessage: message, code, ...value };
  return typeof stack === "string" ? { ...shown, stack: stack.split("\n") } : shown;
}
