/** Which status may follow which, and which nothing follows, by a table. */
export function moves<Status extends string>(followers: Readonly<Record<Status, readonly Status[]>>) {
  return {
    mayFollow: (from: Status, to: Status): boolean => followers[from].includes(to),
    isOver: (status: Status): boolean => followers[status].length === 0,
  };
}
