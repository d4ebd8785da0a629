declare module 'virtual:emoji' {
  /** Emoji, English name, Vietnamese name, group, words to find it by. */
  const rows: [string, string, string, number, string][]
  export default rows
}
