// Makes a tile that was neither loaded nor computed.

import HBMSim

func program(_ core: borrowing Core) {
  _ = Tile<Queries, Features>(rows: 16, columns: 16, state: core.state)
  // expected-error@-1 {{initializer is inaccessible due to '@_spi' protection level}}
  // expected-error@-2 {{'state' is inaccessible due to 'internal' protection level}}
}
