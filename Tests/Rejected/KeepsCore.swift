// Keeps a core beyond its program.

import HBMSim

struct Keeper: ~Copyable {
  let core: Core
}

func program(
  _ core: borrowing Core  // expected-error {{'core' is borrowed and cannot be consumed}}
) -> Keeper {
  Keeper(core: core)  // expected-note {{consumed here}}
}
