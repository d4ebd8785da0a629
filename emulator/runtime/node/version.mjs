// Which Node.js runtime the template asks for. Whatever it is, the same Node runs the function.

/** 22 of `nodejs22.x`. */
export const MAJOR = Number(process.env.AWS_EXECUTION_ENV.match(/nodejs(\d+)/)[1]);
