/** What a machine answers: the next state, and what the world must now do, in order. */
export interface Transition<State, Output> {
  readonly state: State
  readonly outputs: readonly Output[]
}

/** Moves to `state` and emits `outputs`. */
export function to<State, Output>(
  state: State,
  ...outputs: readonly Output[]
): Transition<State, Output> {
  return { state, outputs }
}

/** Runs `inputs` in order, threading the state and gathering the outputs. */
export function run<State, Input, Output>(
  transition: (state: State, input: Input) => Transition<State, Output>,
  initial: State,
  inputs: Iterable<Input>,
): Transition<State, Output> {
  let state = initial
  const outputs: Output[] = []
  for (const input of inputs) {
    const next = transition(state, input)
    state = next.state
    outputs.push(...next.outputs)
  }
  return { state, outputs }
}
