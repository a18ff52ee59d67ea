#!/bin/sh
# nginx as a bare proxy: passes the webhook to the sink and the sink's answer back. It keeps nothing.
# Its 2xx says: the receiver has it.
nginx=$(command -v nginx || command -v /usr/sbin/nginx) || { echo "nginx is not installed; make bench-peers installs it"; exit 77; }
mkdir -p "$FOLDER/tmp"
cat >"$FOLDER/nginx.conf" <<END
daemon off;
worker_processes 2;
pid $FOLDER/nginx.pid;
error_log stderr;
events { worker_connections 8192; }
http {
    access_log off;
    client_body_temp_path $FOLDER/tmp/body;
    proxy_temp_path $FOLDER/tmp/proxy;
    fastcgi_temp_path $FOLDER/tmp/fastcgi;
    uwsgi_temp_path $FOLDER/tmp/uwsgi;
    scgi_temp_path $FOLDER/tmp/scgi;
    keepalive_requests 100000000;
    upstream sink { server $SINK_ADDRESS; keepalive 64; keepalive_requests 100000000; }
    server {
        listen 127.0.0.1:$PORT;
        location = /healthz { return 200 "ok"; }
        location / {
            proxy_pass http://sink/deliveries;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
END
exec "$nginx" -p "$FOLDER" -c "$FOLDER/nginx.conf"
