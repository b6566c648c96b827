// Scales the rows of queries by one number a key.

import HBMSim
import TileKernels

func program(
  _ Oi: inout Tile<Queries, ValueFeatures>, _ li: borrowing TileVector<Queries>,
  _ columnSums: borrowing TileVector<Keys>
) {
  Oi.scaleRows(by: columnSums)
  // expected-error@-1 {{to expected argument type 'Tile<Queries, One>'}}
  // expected-note@-2 {{'Rows' ('Keys' and 'Queries') are expected to be equal}}

  Oi.divideRows(by: columnSums)
  // expected-error@-1 {{to expected argument type 'Tile<Queries, One>'}}
  // expected-note@-2 {{'Rows' ('Keys' and 'Queries') are expected to be equal}}

  _ = li * columnSums
  // expected-error@-1 {{to expected argument type 'Tile<Queries, One>'}}
  // expected-note@-2 {{'Rows' ('Keys' and 'Queries') are expected to be equal}}
}
