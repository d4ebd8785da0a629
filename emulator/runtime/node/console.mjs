// `console` as in Lambda: each line says when, for which event and how serious, as text or as JSON.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

import { writeFileSync } from "node:fs";
import { format } from "node:util";

import { asError, errorText } from "./errors.mjs";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** The file descriptor that takes the log; nothing of the runtime's is left for the function. */
const log = Number(process.env._LAMBDA_TELEMETRY_LOG_FD);
delete process.env._LAMBDA_TELEMETRY_LOG_FD;

const json = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";

let requestId;

/** Whose lines the following ones are. */
export function logsBelongTo(id) {
  requestId = id;
}

/** Replace the methods of `console`; AWS_LAMBDA_LOG_LEVEL mutes those below it. */
export function patchConsole() {
  const lowest = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  LEVELS.forEach((level, rank) => {
    // Called without a value, AWS's write "undefined".
    const method = (first, ...more) => write(level, [first, ...more]);
    console[level.toLowerCase()] = rank < lowest ? () => {} : method;
  });
  console.log = console.info;
}

/** An error that ended an event or the process, as the runtime logs it. */
export function logError(what, thrown) {
  if (json) console.error(asError(thrown));
  else console.error(what, errorText(thrown));
}

function write(level, values) {
  const now = Date.now();
  const timestamp = new Date(now).toISOString();
  const message = Buffer.from(
    json
      ? jsonLine({ timestamp, level, requestId }, values)
      : `${timestamp}\t${requestId}\t${level}\t${format(...values)}\n`,
  );
  // A record may have several lines: its type with level and format, its length, its time in
  // microseconds, the message.
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0000 + ((LEVELS.indexOf(level) + 1) << 2) + (json ? 2 : 3));
  head.writeUInt32BE(message.length, 4);
  head.writeBigUInt64BE(BigInt(now) * 1000n, 8);
  writeFileSync(log, Buffer.concat([head, message]));
}

function jsonLine(head, values) {
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...head, message: values[0] }, (_, value) => describe(value));
    } catch {
      // What JSON cannot hold, such as a value that contains itself, is told as text.
    }
  }
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify({ ...head, message: format(...values), ...(error && summary(error)) });
}

function describe(value) {
  return value instanceof Error ? { ...summary(value), ...value } : value;
}

function summary(error) {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: String(error.stack ?? "").split("\n"),
  };
}
