package main

import (
	"fmt"
	"strings"
)

// html wraps a body and its style as a page of A4.
func html(style, body string) string {
	return "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>faxbox corpus</title><style>" +
		"@page{size:A4;margin:0}*{box-sizing:border-box;print-color-adjust:exact}body{margin:0;padding:20mm;width:210mm;font:10pt/1.35 'Liberation Sans'}" +
		style + "</style><body>" + body
}

// letter is an office letter with a coloured logo, a coloured rule and a small gray footer.
func letter() string {
	return html(`header{display:flex;align-items:center;gap:6mm;border-bottom:1.5pt solid #2a6fb0;padding-bottom:4mm}
h1{font-size:20pt;margin:0;color:#1b4f80}header small{color:#777}p{margin:3.5mm 0;font-family:'Liberation Serif';font-size:11pt}
footer{position:absolute;top:274mm;left:20mm;right:20mm;border-top:.5pt solid #999;color:#888;font-size:7.5pt;padding-top:2mm}
.box{background:#eef4fa;border:.5pt solid #2a6fb0;padding:3mm 5mm;margin:5mm 0;font-size:9pt}`, `
<header><svg width=70 height=70 viewBox="0 0 70 70"><defs><linearGradient id=g x2=0 y2=1><stop stop-color="#6fb1ee"/>
<stop offset=1 stop-color="#16436e"/></linearGradient></defs><circle cx=35 cy=35 r=33 fill="url(#g)"/>
<path d="M39 10 L20 39 h12 l-5 21 L50 29 H37 Z" fill="#ffd84a"/></svg>
<div><h1>Northgate Electrical Works</h1><small>Relays, switchgear and control boards since 1951</small></div></header>
<p style="margin-top:14mm">Hallam Instruments<br>Attn. Ms. R. Okafor<br>14 Canal Row<br>Sheffield S3 8EN<p style="text-align:right">21 November 2026
<p><b>Your order 88-1207: partial delivery</b><p>Dear Ms. Okafor,
<p>today we have handed the first 80 of your 240 relay boards to the carrier. They should reach you on Tuesday, in four boxes. The
delivery note lies in box 1; please check the seals before you sign, and tell us within three working days if anything is missing.
<div class=box><b>Please note:</b> from this lot on the boards carry the new jumper J4. Boards of the older kind need the adapter
<b>NR-12/A</b>, of which ten pieces are enclosed free of charge. <i>The instructions are printed on its bag.</i></div>
<p>The second lot follows on 5 December. For the third lot we still need your drawing of the mounting rails, with the holes marked and
your signature on it. A fax will do: 0113&nbsp;496&nbsp;0101.
<p>With kind regards<p style="margin-top:16mm">J. Marchetti<br><span style="font-size:9pt;color:#555">Sales and Service</span>
<footer>Northgate Electrical Works Ltd &middot; 8 Foundry Lane, Leeds LS10 1TT &middot; Tel. 0113 496 0100 &middot; Fax 0113 496 0101<br>
Registered in England 00000000 &middot; Bank: Example &amp; Sons &middot; Account 0000 0000</footer>`)
}

// table is an invoice: shaded rows, hairlines, white letters on dark, figures of 8 points.
func table() string {
	var rows strings.Builder
	items := []string{"Relay board NR-12", "Adapter NR-12/A", "Mounting rail, 35 mm", "Terminal, 2.5 mm², gray", "Terminal, 2.5 mm², blue",
		"Ferrule, 0.75 mm²", "Cable duct, 40 × 60", "Fuse holder", "Fuse, 2 A slow", "Transformer, 24 V"}
	var sum int
	for n := range 34 {
		amount, price := n*7%23+1, (n*137%1900)+45
		sum += amount * price
		fmt.Fprintf(&rows, "<tr><td>%d<td>%s<td>NE-%05d<td class=r>%d<td class=r>%.2f<td class=r>%.2f", n+1, items[n%len(items)],
			10400+n*37, amount, float64(price)/100, float64(amount*price)/100)
	}
	return html(`table{border-collapse:collapse;width:100%;font-size:8pt}td,th{border:.25pt solid #444;padding:.9mm 2mm;text-align:left}
tr:nth-child(even){background:#ececec}th{background:#1b4f80;color:#fff}.r{text-align:right;font-variant-numeric:tabular-nums}
tfoot td{font-weight:bold;background:#cfdcea;border-top:1.5pt solid #000}h1{font-size:16pt;margin:0 0 4mm}
.lines td{border:0;border-bottom:.1pt solid #999}`, `<h1>Invoice 2026-1187</h1><table><thead><tr><th>No.<th>Item<th>Part<th class=r>Pieces
<th class=r>Each<th class=r>Total</thead>`+rows.String()+fmt.Sprintf("<tfoot><tr><td colspan=5>Total<td class=r>%.2f</tfoot></table>", float64(sum)/100)+`
<table class=lines style="margin-top:6mm;width:60%"><tr><td>Payable within 30 days<td class=r>2 % discount within 10 days<tr><td>VAT no.<td class=r>GB 000 0000 00
<tr><td>Bank<td class=r>Example &amp; Sons, Leeds</table>`)
}

// scripts is the same sentence in many scripts: article 1 of the Universal Declaration of Human Rights.
func scripts() string {
	var b strings.Builder
	for _, s := range []struct{ language, direction, text string }{
		{"English", "ltr", "All human beings are born free and equal in dignity and rights."},
		{"Deutsch", "ltr", "Alle Menschen sind frei und gleich an Würde und Rechten geboren."},
		{"Français", "ltr", "Tous les êtres humains naissent libres et égaux en dignité et en droits."},
		{"Polski", "ltr", "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw."},
		{"Türkçe", "ltr", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar."},
		{"Tiếng Việt", "ltr", "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền."},
		{"Ελληνικά", "ltr", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."},
		{"Русский", "ltr", "Все люди рождаются свободными и равными в своём достоинстве и правах."},
		{"العربية", "rtl", "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق."},
		{"עברית", "rtl", "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם."},
		{"हिन्दी", "ltr", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।"},
		{"ไทย", "ltr", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"},
		{"ქართული", "ltr", "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით."},
		{"Հայերեն", "ltr", "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։"},
		{"中文", "ltr", "人人生而自由，在尊严和权利上一律平等。"},
		{"日本語", "ltr", "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"},
	} {
		fmt.Fprintf(&b, "<section><small>%s</small><p dir=%s>%s<p dir=%s class=s>%s</section>", s.language, s.direction, s.text, s.direction, s.text)
	}
	return html(`body{font-family:'Noto Sans','Liberation Sans','Noto Sans Arabic','Noto Sans Hebrew','Noto Sans Devanagari','Noto Sans Thai','Noto Sans Georgian',
'Noto Sans Armenian','Droid Sans Fallback';padding-top:10mm}section{margin-bottom:1.5mm}p{margin:0;font-size:11pt}p.s{font-size:8pt}small{color:#777;font-size:7pt}`, b.String())
}

// grayText has letters and rules in gray and in colours, and letters on them: what a threshold in the middle loses.
func grayText() string {
	const sample = "Item 4471 — please sign and return by 5 December (ref. QX-208)."
	var b strings.Builder
	b.WriteString("<h1>Gray and coloured text</h1>")
	for _, gray := range []int{50, 60, 70, 80} {
		fmt.Fprintf(&b, "<section style='color:rgb(%[2]d,%[2]d,%[2]d)'><b>%[1]d %% white</b>", gray, gray*255/100)
		for _, size := range []int{8, 10, 12} {
			fmt.Fprintf(&b, "<p style='font-size:%dpt'>%d pt: %s", size, size, sample)
		}
		fmt.Fprintf(&b, "<hr style='border:0;border-top:.5pt solid rgb(%[1]d,%[1]d,%[1]d)'></section>", gray*255/100)
	}
	b.WriteString("<section>")
	for _, colour := range []string{"#d00000", "#008000", "#0000d0", "#e08000", "#00a0c0", "#c0a000"} {
		fmt.Fprintf(&b, "<p style='color:%s;font-size:10pt'>Colour %s: %s", colour, colour, sample)
	}
	b.WriteString("</section><section>")
	for _, ground := range []string{"#f4f4f4", "#dddddd", "#bbbbbb", "#999999", "#ffff66", "#ffd0d0"} {
		fmt.Fprintf(&b, "<p style='background:%s;font-size:9pt;padding:1mm'>Black on %s: %s", ground, ground, sample)
	}
	for _, ground := range []string{"#000000", "#333333", "#555555", "#777777", "#2a6fb0"} {
		fmt.Fprintf(&b, "<p style='background:%s;color:#fff;font-size:9pt;padding:1mm'>White on %s: %s", ground, ground, sample)
	}
	b.WriteString("</section>")
	return html("h1{font-size:14pt;margin:0 0 3mm}section{margin-bottom:3mm}p{margin:.6mm 0}", b.String())
}
