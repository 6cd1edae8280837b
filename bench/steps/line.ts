/** Without the line on the console. */
export class Console {
  record(): void {}
  signal(): void {}
  fault(): void {}
}
