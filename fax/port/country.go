package port

// countryCodes are the codes of T.35 annex A in hex, as +GCI takes them, by country. Germany has two; modems know the one
// of the Federal Republic (42).
var countryCodes = map[string]string{
	"AE": "B3", "AR": "07", "AT": "0A", "AU": "09", "BE": "0F", "BG": "1B", "BR": "16", "CA": "20", "CH": "A6", "CL": "25",
	"CN": "26", "CO": "27", "CY": "2D", "CZ": "2E", "DE": "42", "DK": "31", "EG": "36", "ES": "A0", "FI": "3C", "FR": "3D",
	"GB": "B4", "GR": "46", "HK": "50", "HU": "51", "ID": "54", "IE": "57", "IL": "58", "IN": "53", "IS": "52", "IT": "59",
	"JP": "00", "KR": "61", "LI": "68", "LU": "69", "MA": "77", "MT": "70", "MX": "73", "MY": "6C", "NL": "7B", "NO": "82",
	"NZ": "7E", "PE": "88", "PH": "89", "PL": "8A", "PT": "8B", "RO": "8E", "RU": "B8", "SA": "98", "SE": "A5", "SG": "9C",
	"TH": "A9", "TN": "AD", "TR": "AE", "TW": "FE", "UA": "B2", "US": "B5", "ZA": "9F",
}
