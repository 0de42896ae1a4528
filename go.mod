module faxbox

go 1.26
