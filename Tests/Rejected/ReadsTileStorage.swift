// Reads a tile's storage without the import that says so, `@_spi(TileStorage)`.

import HBMSim

func program(_ Qi: borrowing Tile<Queries, Features>) {
  _ = Qi[0]  // expected-error {{'Tile<Queries, Features>' has no subscripts}}
  _ = Qi.base  // expected-error {{'base' is inaccessible due to '@_spi' protection level}}
  _ = Qi.state  // expected-error {{'state' is inaccessible due to '@_spi' protection level}}
}
