# Repairs: finds the failed test in its prompt and mends what the test is about.
if printf '%s\n' "$prompt" | grep -q 'not ok - 12\.5 in cents'; then
    # "12.5" is 12 and 50 cents: fill the part behind the point up to two digits.
    # An attempt before this one may have come so far already.
    if ! grep -q substr bin/ledger-convert; then
        awk '{ print } /split\(\$2, part/ { print "    part[2] = substr(part[2] \"00\", 1, 2)" }' bin/ledger-convert >bin/ledger-convert.new
        chmod +x bin/ledger-convert.new
        mv bin/ledger-convert.new bin/ledger-convert
    fi
    answer '{"featureId": "follow-up", "status": "success", "summary": "One digit behind the point means tens of cents: it is filled up to two.", "filesChanged": ["bin/ledger-convert"]}'
else
    answer '{"featureId": "follow-up", "status": "failed", "summary": "I know of no cause for this failure.", "filesChanged": []}'
fi
