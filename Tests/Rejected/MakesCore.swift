// Makes a core, whose SRAM no launch has declared.

import HBMSim

func program(_ core: borrowing Core) {
  _ = Core(state: core.state)
  // expected-error@-1 {{'Core' initializer is inaccessible due to 'internal' protection level}}
  // expected-error@-2 {{'state' is inaccessible due to 'internal' protection level}}
}
