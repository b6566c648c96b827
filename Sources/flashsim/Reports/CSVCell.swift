/// A cell of a CSV line, in quotes where it needs them.
func csvCell(_ cell: String) -> String {
  cell.contains { ",\"\n".contains($0) }
    ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
}
