/** What a process has started and gives back. */
export interface Running {
  /** Takes no more work, finishes what is under way and closes its connections. */
  stop(): Promise<void>;
}
